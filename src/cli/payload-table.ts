/** Written by `tools/build-payloads.ts` from the comments beside the types in `state/`. */

/** A field of a payload: what it means, and the type that it holds, if that has fields of its own. */
type FieldMeaning = { readonly means: string; readonly type?: string };

/** The name of the type of each payload. */
export const PAYLOAD_TYPES: { readonly [payload: string]: string } = {
  transfer: 'TransferType',
  datanetCreate: 'DatanetTermsType',
  contributionCommit: 'ContributionCommitType',
  dataContribution: 'DataContributionType',
  contributionReview: 'ContributionReviewType',
  modelRegistration: 'ModelTermsType',
  escrowDeposit: 'EscrowDepositType',
  escrowWithdraw: 'EscrowWithdrawType',
  inferenceReceipt: 'InferenceReceiptType',
  attributionSettlement: 'AttributionSettlementType',
  attributionChallenge: 'AttributionChallengeType',
  attributionAnswer: 'AttributionAnswerType',
  rewardClaim: 'RewardClaimType',
  modelCalibration: 'CalibrationClaimType',
  modelRevision: 'ModelRevisionType',
  attributionExcuse: 'AttributionExcuseType',
  attributionBacking: 'AttributionBackingType',
  voucher: 'VoucherType',
};

/** The fields of each type by the name of the type. */
export const TYPE_FIELDS: { readonly [type: string]: { readonly [field: string]: FieldMeaning } } = {
  TransferType: {
    to: {
      means: 'The account that is paid.',
    },
    amount: {
      means: 'The amount that moves; at least one base unit.',
    },
  },
  DatanetTermsType: {
    name: {
      means: 'The name of the Datanet; not empty.',
    },
    domain: {
      means: 'The subject of its data; not empty.',
    },
    rules: {
      means:
        'The version of the rules of attribution of everything in it and of every model that draws on it.',
    },
    licence: {
      means: 'The SPDX identifier of the licence of every contribution.',
    },
    schema: {
      means:
        'The form of an item of a Datanet: the text of its fields, in order, joined by newlines. The first `promptFields` fields are its prompt.',
      type: 'ItemSchemaType',
    },
    commons: {
      means: 'The content that belongs to nobody, if the Datanet has any.',
      type: 'CommonsType',
    },
    matchBitsFloor: {
      means: 'The least Imin of every model that pins this Datanet, in bits: at most 512, and 0 for none.',
    },
    access: {
      means: 'Who may contribute: anyone, or only the contributors.',
    },
    contributors: {
      means: 'The accounts that may contribute, if the access is permissioned; empty if it is open.',
    },
    reviewers: {
      means: 'The accounts that review contributions, each once. Nobody reviews their own.',
    },
    quorum: {
      means:
        'The number of equal verdicts that decide: at least `contribution.minQuorum` of the parameters, and at most all reviewers.',
    },
    bondPerByte: {
      means:
        'The bond for each byte of content, posted with the reveal and returned with the bond of the commit; at least `contribution.bondPerByteMin` of the parameters.',
    },
    prices: {
      means: 'The least prices of a model that pins this Datanet.',
      type: 'PriceFloorsType',
    },
  },
  ItemSchemaType: {
    fields: {
      means: 'The names of the fields of an item, in order; at least one, each once.',
    },
    promptFields: {
      means: 'How many of the first fields are the prompt part of an item, which earns nothing; at most all.',
    },
  },
  CommonsType: {
    root: {
      means: 'The content root, like that of any contribution.',
    },
    items: {
      means: 'The number of items, at least 1.',
    },
    tokens: {
      means: 'The number of tokens of all items together.',
    },
    bytes: {
      means: 'The number of bytes of their texts, UTF-8.',
    },
  },
  PriceFloorsType: {
    inMin: {
      means:
        'The least price of 1,000 units of a prompt. A unit is a token or eight bytes, whichever are more.',
    },
    outMin: {
      means:
        'The least price of 1,000 units of an output. A unit is a token or eight bytes, whichever are more.',
    },
  },
  ContributionCommitType: {
    datanet: {
      means: 'The Datanet that is contributed to.',
    },
    commitment: {
      means: 'The contributionCommitment of what will be revealed.',
    },
  },
  DataContributionType: {
    contribution: {
      means: 'The contribution id of the commit.',
    },
    datanet: {
      means: 'The Datanet of the commit.',
    },
    rules: {
      means: 'The version of the rules by which its tokens are made: that of the Datanet.',
    },
    salt: {
      means: 'The salt of the commitment.',
    },
    root: {
      means: "The content root, which follows from the list of the items' roots.",
    },
    digest: {
      means:
        'The `contentDigest`: two contributions with the same text have the same one, whatever their salts.',
    },
    items: {
      means: 'The number of items, from 1 to 65536.',
    },
    tokens: {
      means: 'The number of tokens of all items together.',
    },
    bytes: {
      means: "The number of bytes of the items' texts, UTF-8.",
    },
    shapes: {
      means: 'The shapes of the items, in order.',
      type: 'ItemShapeType',
    },
    copied: {
      means:
        'Ascending by item; in an item each starts after, and reaches further than, the one before it, and begins where the one before that has ended, or later. Every union of runs has a smallest set of this form.',
      type: 'CopiedRunType',
    },
    novelRuns: {
      means: 'Ascending by item and start, without overlap.',
      type: 'NovelRunType',
    },
    sketch: {
      means: 'A one-permutation MinHash of the text, by which near duplicates are found.',
    },
    role: {
      means: "What the contribution is to the Datanet; `commons` proposes that its words be nobody's.",
    },
    parents: {
      means: 'Contribution ids of accepted contributions that this one builds on, ascending.',
    },
    licence: {
      means: 'The licence of the Datanet.',
    },
  },
  ItemShapeType: {
    tokens: {
      means: 'The number of tokens of the item, from 1 to 65536.',
    },
    promptTokens: {
      means: 'The number of them that are its prompt part, with which it begins.',
    },
  },
  CopiedRunType: {
    item: {
      means: 'The index of the item that holds the copy.',
    },
    start: {
      means: 'The first token of the copy.',
    },
    end: {
      means: 'The token after its last one.',
    },
    contribution: {
      means: 'The contribution that it is copied from; the own one for an earlier item of it.',
    },
    sourceItem: {
      means: 'The index of the item that it is copied from.',
    },
    sourcePos: {
      means: 'The token of that item at which the source begins.',
    },
  },
  NovelRunType: {
    item: {
      means: 'The index of the item in the contribution.',
    },
    start: {
      means: 'The first token of the run.',
    },
    end: {
      means: 'The token after its last one.',
    },
  },
  ContributionReviewType: {
    contribution: {
      means: 'The contribution that is reviewed.',
    },
    quality: {
      means: 'The marks of the reviewer, on record only.',
      type: 'QualityType',
    },
    verdict: {
      means:
        "The verdict. A reviewer who accepts also confirms the declared facts: digest, items, tokens, bytes, shapes, copied and novel runs, sketch. That locks the chain's `reviewBond`, which is lost if a witness shows that what was declared is false and could be known. `withdraw` takes back the reviewer's verdict, with its bond, as long as the contribution is under review.",
    },
  },
  QualityType: {
    authenticity: {
      means: 'Whether the data is what it says it is, from 0 to 100.',
    },
    ownership: {
      means: 'Whether the owner may contribute it, from 0 to 100.',
    },
    quality: {
      means: 'How good it is, from 0 to 100.',
    },
    uniqueness: {
      means: 'How new it is, from 0 to 100.',
    },
  },
  ModelTermsType: {
    name: {
      means: 'The name of the model; not empty.',
    },
    kind: {
      means: 'What the model is: trained from scratch, an adapter, a merge of models, or a retriever.',
    },
    base: {
      means: 'The registered model that this model was made from, if there is one.',
    },
    rules: {
      means: 'The version of the rules of attribution: that of the Datanets which it draws on.',
    },
    weights: {
      means: 'The hash of its weights.',
    },
    recipe: {
      means: 'The root of the recipe that it was made by.',
    },
    transcript: {
      means: 'The root of the transcript of its training.',
    },
    evaluationRoot: {
      means: 'The root of the answers that its published results come from.',
    },
    template: {
      means: 'The hash of the template that makes a prompt of what people and models say.',
    },
    manifest: {
      means: 'The versions of Datanets that it was trained on, ascending by Datanet.',
      type: 'PinType',
    },
    shares: {
      means:
        'The parts of its earnings that go to others than its owner; 10,000 basis points together at most.',
      type: 'ModelShareType',
    },
    evaluation: {
      means: 'Published results of the model; may be empty.',
      type: 'EvaluationType',
    },
    prices: {
      means: 'The prices of its use, which are paid beside the price for compute.',
      type: 'ModelPricesType',
    },
    attribution: {
      means: 'How its outputs are traced to the data.',
      type: 'ModelAttributionType',
    },
  },
  PinType: {
    datanet: {
      means: 'The Datanet.',
    },
    count: {
      means: 'The number of its accepted contributions that the version holds, at least 1.',
    },
    root: {
      means: 'The root of that version, as `datanet_getVersion` returns it.',
    },
  },
  ModelShareType: {
    account: {
      means: 'The account that gets the share.',
    },
    role: {
      means: 'What it is paid for.',
    },
    bps: {
      means: 'The share in basis points: 100 are 1 %. At least 1.',
    },
  },
  EvaluationType: {
    measure: {
      means: 'What was measured.',
    },
    thousandths: {
      means: 'The result, in thousandths of the unit of the measure.',
    },
  },
  ModelPricesType: {
    in: {
      means: 'The price of 1,000 units of a prompt. A unit is a token or eight bytes, whichever are more.',
    },
    out: {
      means: 'The price of 1,000 units of an output. A unit is a token or eight bytes, whichever are more.',
    },
  },
  ModelAttributionType: {
    method: {
      means: 'The method: `spans` traces the words of an output.',
    },
    commitments: {
      means: 'The commitments that the method needs; `spans` needs none.',
    },
  },
  EscrowDepositType: {
    provider: {
      means: 'The account that the money is put aside for.',
    },
    amount: {
      means: 'The amount that is put aside; at least one base unit.',
    },
  },
  EscrowWithdrawType: {
    provider: {
      means: 'The account that the money was put aside for.',
    },
    amount: {
      means: 'The amount that is taken back; at least one base unit.',
    },
  },
  InferenceReceiptType: {
    groups: {
      means: 'The receipts of one payer in one lane, which may be of several models.',
      type: 'ReceiptGroupType',
    },
  },
  ReceiptGroupType: {
    payer: {
      means: 'The account that pays, which signed the voucher.',
    },
    lane: {
      means: 'The lane of the payer with the provider, who sends the batch.',
    },
    voucher: {
      means: 'A voucher without the fields that its group already has.',
      type: 'SignedVoucherType',
    },
    receipts: {
      means: 'The receipts in the order in which they extend the accumulator.',
      type: 'ReceiptBodyType',
    },
  },
  SignedVoucherType: {
    amount: {
      means: 'All that the payer owes the provider in the lane so far.',
    },
    count: {
      means: 'The number of receipts so far.',
    },
    accumulator: {
      means: 'The accumulator over all receipts so far.',
    },
    signature: {
      means: 'The signature of the payer, 65 bytes. JSON may have it in any form that wallets give.',
    },
  },
  ReceiptBodyType: {
    model: {
      means: 'The model that made the output.',
    },
    manifest: {
      means: 'The `manifestRoot` of the version of the model that made it.',
    },
    rules: {
      means: 'The version of the rules of attribution, which is that of the model.',
    },
    promptRoot: {
      means: 'The root of the tokens of the prompt.',
    },
    outputRoot: {
      means: 'The root of the tokens of the output.',
    },
    textRoot: {
      means: 'The root of the bytes of prompt and output, and of the token ids of the model.',
    },
    tokensIn: {
      means: 'The number of tokens of the prompt, by the rules of attribution.',
    },
    tokensOut: {
      means: 'The number of tokens of the output, by the rules of attribution.',
    },
    bytesIn: {
      means: 'The length of the prompt in bytes of UTF-8.',
    },
    bytesOut: {
      means: 'The length of the output in bytes of UTF-8.',
    },
    compute: {
      means: 'The price of the provider for compute, in base units.',
    },
    fee: {
      means: 'The modelFee, in base units.',
    },
    app: {
      means: 'The account that gets `appFee`: that of the app or agent that asked. Zero if there is none.',
    },
    appFee: {
      means: 'The price of the app, in base units; zero if there is none.',
    },
    visibility: {
      means: 'Whether the provider shows the texts to all who ask.',
    },
    finish: {
      means:
        'Why the output ends: not said, at its end, at the maximum length, at a stop string, or where it was cut.',
    },
    sampling: {
      means:
        'How the tokens of an output were chosen. With the token ids, somebody who has the model can do it again.',
      type: 'SamplingType',
    },
    maxTokens: {
      means: 'The most tokens of the model that the output might have; zero if it was not limited.',
    },
    stop: {
      means: 'The stopRoot of the stop strings; zero if there are none.',
    },
  },
  SamplingType: {
    temperature: {
      means: 'The temperature in thousandths; 0 for the likeliest token always.',
    },
    topP: {
      means: 'The part of the probability that tokens are taken from, in basis points; 0 for all of it.',
    },
    topK: {
      means: 'How many of the likeliest tokens are taken from; 0 for all of them.',
    },
    seed: {
      means: 'The seed of the random choices.',
    },
  },
  AttributionSettlementType: {
    batch: {
      means: 'The id of the transaction that carried the receipts.',
    },
    asOf: {
      means:
        'Only contributions voided and runs struck in blocks up to this height count. If it is left out, it is the block before that of the settlement.',
    },
    claims: {
      means: 'The claims for any part of the batch, ascending by index.',
      type: 'ReceiptClaimType',
    },
  },
  ReceiptClaimType: {
    index: {
      means: 'The place of the receipt in its batch.',
    },
    claim: {
      means: 'The evidence: what the output repeats, and how much information that is.',
      type: 'ClaimType',
    },
    sections: {
      means: 'The chunks of the data that share most with the output, for each of its sections.',
      type: 'SectionType',
    },
  },
  ClaimType: {
    x: {
      means: 'Echoed runs whose union is X. Their starts and ends both ascend.',
      type: 'EchoType',
    },
    matches: {
      means:
        'The matches, ascending by (start, end, contribution id, item, pos). The owner of a position outside X is the first contribution over it: commons before all others in version 2, then the least contribution id.',
      type: 'MatchType',
    },
    shared: {
      means:
        'The shared runs, ascending by (start, end, match, contribution id, item, pos). There are none before version 2.',
      type: 'SharedType',
    },
    info: {
      means:
        'The information of all tokens before each border of the echoes, matches and shared runs, in Q8 bits, ascending. The end of the output is the last border.',
    },
  },
  EchoType: {
    start: {
      means: 'The first position of the output.',
    },
    end: {
      means: 'The position after the last one.',
    },
    place: {
      means: 'The position of the prompt at which the same tokens begin.',
    },
  },
  MatchType: {
    start: {
      means: 'The first position of the output.',
    },
    end: {
      means: 'The position after the last one.',
    },
    contribution: {
      means: 'The contribution that holds the same tokens.',
    },
    item: {
      means: 'The index of the item in that contribution.',
    },
    pos: {
      means: 'The token of the item at which they begin.',
    },
  },
  SharedType: {
    match: {
      means: 'The index of the match that proves the owner of the positions.',
    },
    start: {
      means: 'The first position of the output. It is within the match.',
    },
    end: {
      means: 'The position after the last one.',
    },
    contribution: {
      means: 'The contribution of another owner that holds the same tokens.',
    },
    item: {
      means: 'The index of the item in that contribution.',
    },
    pos: {
      means: 'The token of the item at which they begin.',
    },
  },
  SectionType: {
    information: {
      means: 'The information of all its tokens, in Q8 bits.',
    },
    picks: {
      means:
        'The picks in their order: by what they add, descending, and then by contribution, item and chunk.',
      type: 'PickedChunkType',
    },
  },
  PickedChunkType: {
    contribution: {
      means: 'The contribution that holds it.',
    },
    item: {
      means: 'The index of the item in the contribution.',
    },
    chunk: {
      means: 'The index of the chunk in the item.',
    },
    phrases: {
      means: 'The phrases that it adds to those of the picks before it, ascending by `at`.',
      type: 'PhraseType',
    },
  },
  PhraseType: {
    at: {
      means: 'The position of the output at which it begins.',
    },
    place: {
      means: 'The token of the chunk at which it begins. Its end may lie in the next chunk of the item.',
    },
    bits: {
      means: 'The mean information of its tokens where it stands in the output, rounded down, in Q8 bits.',
    },
    novelRun: {
      means: 'The index of a novel run of the contribution that has a token of it.',
    },
  },
  AttributionChallengeType: {
    target: {
      means: 'What is challenged: a receipt, a draw of a calibration, or a contribution.',
      type: 'ChallengeTargetType',
    },
    witness: {
      means: '`{type, value}`, by the name of its type.',
      type: 'WitnessType',
    },
  },
  ChallengeTargetType: {
    receipt: {
      means: 'A receipt and its settlement.',
      type: 'ReceiptTargetType',
    },
    calibration: {
      means: 'One draw of a calibration.',
      type: 'CalibrationTargetType',
    },
    contribution: {
      means: 'The declaration of a contribution.',
      type: 'ContributionTargetType',
    },
  },
  ReceiptTargetType: {
    batch: {
      means: 'The id of the transaction that carried the receipt.',
    },
    index: {
      means: 'The place of the receipt in its batch, from 0.',
    },
    settlement: {
      means:
        'The settlement that is challenged; zero if the witness is against the receipt itself (`malformed`).',
    },
  },
  CalibrationTargetType: {
    model: {
      means: 'The model whose calibration is challenged.',
    },
    claim: {
      means: 'The id of the transaction that claimed the calibration.',
    },
    level: {
      means: 'The step that meets the bar, or the step before it.',
    },
    draw: {
      means: 'The index of the draw, from 0.',
    },
  },
  ContributionTargetType: {
    contribution: {
      means: 'The contribution whose declaration is challenged.',
    },
  },
  WitnessType: {
    invalid: {
      means:
        'Proves that a claimed match, echo or shared run differs from its source `at` tokens after its start, or extends past its end there.',
      type: 'InvalidWitnessType',
    },
    inert: {
      means:
        'Proves, in a calibration, that a claimed match or shared run covers a copied position of the output or its source, `at` tokens after its start.',
      type: 'InertWitnessType',
    },
    better: {
      means:
        'Proves a match [start, end) over `position`, which is claimed for a contribution that comes later or not at all. In version 2 of the rules a commons comes before all others.',
      type: 'BetterWitnessType',
    },
    echo: {
      means:
        'Proves that a run [start, end) also stands in the prompt, from `place` on. It covers `position`, which is outside of the claimed x.',
      type: 'EchoWitnessType',
    },
    info: {
      means: 'Proves that the claimed sum before a border is wrong.',
      type: 'InfoWitnessType',
    },
    malformed: {
      means: 'Proves that a commitment is one that no text has.',
      type: 'MalformedWitnessType',
    },
    demand: {
      means: 'Demands to see chunks that are not available. It proves nothing by itself.',
      type: 'DemandType',
    },
    draw: {
      means:
        'Proves, in a calibration, that the item, the position, the length of the item or its prompt is not what was drawn.',
      type: 'DrawWitnessType',
    },
    overlap: {
      means:
        'Proves that a token of a declared novel run lies in a match [start, end) of its item with an earlier item.',
      type: 'OverlapWitnessType',
    },
    harvest: {
      means:
        'Proves that a token of a declared novel run lies in a stretch [start, end) that also stands, from `at` on, in an output which was recorded earlier.',
      type: 'HarvestWitnessType',
    },
    passage: {
      means:
        'Proves that a token of a passage which was not declared copied lies in a run [start, end) of its item that an earlier item holds.',
      type: 'PassageWitnessType',
    },
    copied: {
      means:
        'Proves that a passage declared copied differs from its source `at` tokens after its start, or extends past its end there.',
      type: 'CopiedWitnessType',
    },
    border: {
      means: 'Proves that the declared length or prompt of an item is not that in its commitment.',
      type: 'BorderWitnessType',
    },
    shared: {
      means:
        'Proves that the owner of `position` is not the only one who brought a run [start, end) over it.',
      type: 'SharedWitnessType',
    },
    absent: {
      means:
        'Proves that a claimed phrase is not where it is claimed to be, or that the named novel run has no token of it.',
      type: 'AbsentWitnessType',
    },
    prompted: {
      means: 'Proves that a claimed phrase stands in the prompt.',
      type: 'PromptedWitnessType',
    },
    repeated: {
      means: 'Proves that a claimed phrase counts at an earlier position of its section.',
      type: 'RepeatedWitnessType',
    },
    crowded: {
      means: 'Proves that the chunk of the pick is not among the first that hold a claimed phrase.',
      type: 'CrowdedWitnessType',
    },
    bits: {
      means: 'Proves that a claimed phrase bears something else, or does not end within its section.',
      type: 'BitsWitnessType',
    },
    section: {
      means: 'Proves that a section bears something else than is claimed.',
      type: 'SectionWitnessType',
    },
    outdone: {
      means:
        'Shows that a chunk holds phrases that bear more than a pick has added, or as much if it comes before. Whether it is one of those that bear them is for the attestor to say: see `excuses.ts`.',
      type: 'OutdoneWitnessType',
    },
    excuse: {
      means: 'Proves that an excuse is false by which the claim was answered for.',
      type: 'ExcuseWitnessType',
    },
  },
  InvalidWitnessType: {
    part: {
      means: 'The list of the claim that the index is into: its matches, its echoes or its shared runs.',
    },
    index: {
      means: 'An index into `matches`, `x` or `shared` of the claim.',
    },
    at: {
      means: 'The number of tokens after the start of the run at which it differs.',
    },
    text: {
      means: 'The opening of the output, or of the drawn item, at that token.',
      type: 'OpeningType',
    },
    source: {
      means:
        'The opening of the source at the same token: of a shared run, the item of the second contribution.',
      type: 'OpeningType',
    },
  },
  OpeningType: {
    text: {
      means: 'The opening of an output or a prompt.',
      type: 'TextOpeningType',
    },
    item: {
      means:
        'The opening of an item of a contribution. If `item` is not below `items`, it proves only that there is no such item.',
      type: 'ItemOpeningType',
    },
  },
  TextOpeningType: {
    tokens: {
      means: 'The number of tokens of the text, as committed.',
    },
    information: {
      means: 'The information of all tokens as committed, in Q8 bits.',
    },
    bytes: {
      means: 'The length of the text in bytes, as committed.',
    },
    count: {
      means: 'The length of the list of chunks, as committed.',
    },
    first: {
      means: 'The index of the first chunk that is opened.',
    },
    chunks: {
      means:
        'A leaf of an output or a prompt. `infoBefore` is the information of all tokens before the chunk, Q8 bits.',
      type: 'TextChunkType',
    },
    branch: {
      means: 'The branch of the opened chunks in the list of chunks, for foldRange.',
    },
  },
  TextChunkType: {
    salt: {
      means: 'The salt of the chunk, which follows from that of the text.',
    },
    tokens: {
      means: 'The tokens of the chunk, packed.',
    },
    infoBefore: {
      means: 'The information of all tokens before the chunk, in Q8 bits.',
    },
  },
  ItemOpeningType: {
    items: {
      means: 'The length of the list of items, as committed.',
    },
    item: {
      means: 'The index of the item in its contribution.',
    },
    itemBranch: {
      means: 'The branch of the item in the list of items.',
    },
    tokens: {
      means: 'The number of tokens of the item, as committed.',
    },
    promptTokens: {
      means: 'The number of tokens of its prompt part, as committed.',
    },
    source: {
      means: 'The length and the hash of its bytes, as committed.',
      type: 'ItemSourceType',
    },
    count: {
      means: 'The length of the list of chunks, as committed.',
    },
    first: {
      means: 'The index of the first chunk that is opened.',
    },
    chunks: {
      means: 'A leaf of an item: its salt is chunkSalt.',
      type: 'ItemChunkType',
    },
    branch: {
      means: 'The branch of the opened chunks in the list of chunks.',
    },
  },
  ItemSourceType: {
    hash: {
      means: 'The bytesHash of the text.',
    },
    bytes: {
      means: 'The length of the text, in bytes of UTF-8.',
    },
  },
  ItemChunkType: {
    salt: {
      means: 'The salt of the chunk, which follows from that of the item.',
    },
    tokens: {
      means: 'The tokens of the chunk, packed.',
    },
  },
  InertWitnessType: {
    part: {
      means: 'The list of the claim that the index is into: its matches or its shared runs.',
    },
    index: {
      means: 'An index into `matches` or `shared` of the claim.',
    },
    at: {
      means: 'The number of tokens after the start of the run.',
    },
    side: {
      means:
        'Which side of the run is copied there: the drawn text, or the source, which of a shared run is the second contribution.',
    },
    passages: {
      means: 'Passages, one of which lies over that position.',
      type: 'PassagesOpeningType',
    },
  },
  PassagesOpeningType: {
    count: {
      means: 'The number of passages of the contribution.',
    },
    first: {
      means: 'The index of the first passage that is opened.',
    },
    passages: {
      means: 'The passages, consecutive.',
      type: 'PassageType',
    },
    branch: {
      means: 'The branch of the opened passages in the list of passages.',
    },
  },
  PassageType: {
    item: {
      means: 'The index of the item in its contribution.',
    },
    start: {
      means: 'Tokens [start, end) of the item; never empty.',
    },
    end: {
      means: 'The token after the last one of the passage.',
    },
    before: {
      means:
        'The number of tokens of the contribution in passages of type `data` before this one. In a `data` passage it is the rank of its first token.',
    },
    type: {
      means: 'What its tokens are: data, part of a prompt, or copied.',
    },
    contribution: {
      means: 'The earlier place of a copied passage; 0 for other passages.',
    },
    sourceItem: {
      means: 'The index of the item that it is copied from; 0 if it is not copied.',
    },
    sourcePos: {
      means: 'The token of that item at which the source begins; 0 if it is not copied.',
    },
  },
  BetterWitnessType: {
    position: {
      means: 'The position of the output that is claimed wrongly.',
    },
    start: {
      means: 'The first position of the better match.',
    },
    end: {
      means: 'The position after its last one.',
    },
    contribution: {
      means: 'The contribution that it matches.',
    },
    item: {
      means: 'The index of the matched item in that contribution.',
    },
    pos: {
      means: 'The token of the item at which the match begins.',
    },
    output: {
      means: 'The opening of the output over the match.',
      type: 'OpeningType',
    },
    source: {
      means: 'The opening of the item over the match.',
      type: 'OpeningType',
    },
    outputPassages: {
      means:
        'Passages that prove that nothing of the window is copied: required in a calibration, absent in a receipt.',
      type: 'PassagesOpeningType',
    },
    sourcePassages: {
      means: 'The same for the source, unless the source is a commons.',
      type: 'PassagesOpeningType',
    },
  },
  EchoWitnessType: {
    position: {
      means: 'The position of the output that is outside of the claimed x.',
    },
    start: {
      means: 'The first position of the run.',
    },
    end: {
      means: 'The position after its last one.',
    },
    place: {
      means: 'The position of the prompt at which the run begins.',
    },
    output: {
      means: 'The opening of the output over the run.',
      type: 'OpeningType',
    },
    prompt: {
      means: 'The opening of the prompt over the run.',
      type: 'OpeningType',
    },
  },
  InfoWitnessType: {
    border: {
      means: 'An index into `info` of the claim.',
    },
    output: {
      means:
        'The chunk of the border; none for the end. In a calibration, all chunks from the previous border on.',
      type: 'OpeningType',
    },
    passages: {
      means: 'The passages over the piece before the border: required in a calibration, absent in a receipt.',
      type: 'PassagesOpeningType',
    },
  },
  MalformedWitnessType: {
    text: {
      means: 'Which text is malformed.',
    },
    opening: {
      means: 'The opening that shows it.',
      type: 'OpeningType',
    },
  },
  DemandType: {
    text: {
      means: 'Which text is demanded.',
    },
    contribution: {
      means: 'The contribution id of a source; 0 for other texts.',
    },
    item: {
      means: 'The index of the item in the contribution; 0 for other texts.',
    },
    first: {
      means: 'The index of the first chunk that is demanded.',
    },
    count: {
      means: 'The number of chunks, at most 64. A demand for an output names all its chunks.',
    },
  },
  DrawWitnessType: {
    passages: {
      means: 'Passages, one of which holds the drawn token.',
      type: 'PassagesOpeningType',
    },
    item: {
      means: 'The opening of the drawn item.',
      type: 'ItemOpeningType',
    },
  },
  OverlapWitnessType: {
    run: {
      means: 'One of the novel runs that a contribution declared.',
      type: 'NovelRunOpeningType',
    },
    start: {
      means: 'The first token of the match in the own item.',
    },
    end: {
      means: 'The token after its last one.',
    },
    own: {
      means: 'The opening of the own item over the match.',
      type: 'OpeningType',
    },
    contribution: {
      means: 'The earlier contribution that it matches.',
    },
    item: {
      means: 'The index of the matched item in that contribution.',
    },
    pos: {
      means: 'The token of that item at which the match begins.',
    },
    source: {
      means: 'The opening of that item over the match.',
      type: 'OpeningType',
    },
  },
  NovelRunOpeningType: {
    count: {
      means: 'The number of novel runs that the contribution declared.',
    },
    index: {
      means: 'The index of the run in the declared list.',
    },
    run: {
      means: 'Tokens [start, end) of item `item` that no match with an earlier item of the Datanet covers.',
      type: 'NovelRunType',
    },
    branch: {
      means: 'The branch of the run in that list.',
    },
  },
  HarvestWitnessType: {
    run: {
      means: 'One of the novel runs that a contribution declared.',
      type: 'NovelRunOpeningType',
    },
    start: {
      means: 'The first token of the stretch in the own item.',
    },
    end: {
      means: 'The token after its last one.',
    },
    own: {
      means: 'The opening of the own item over the stretch.',
      type: 'OpeningType',
    },
    batch: {
      means: 'The id of the transaction that carried the receipt of the output.',
    },
    index: {
      means: 'The place of that receipt in its batch, from 0.',
    },
    at: {
      means: 'The position of the output at which the stretch begins.',
    },
    output: {
      means: 'The opening of the output over the stretch.',
      type: 'OpeningType',
    },
  },
  PassageWitnessType: {
    passages: {
      means: 'The opening of that passage alone.',
      type: 'PassagesOpeningType',
    },
    start: {
      means: 'The first token of the run in the own item.',
    },
    end: {
      means: 'The token after its last one.',
    },
    own: {
      means: 'The opening of the own item over the run.',
      type: 'OpeningType',
    },
    contribution: {
      means: 'The contribution that holds the run.',
    },
    item: {
      means: 'The index of the item of that contribution.',
    },
    pos: {
      means: 'The token of that item at which the run begins.',
    },
    source: {
      means: 'The opening of that item over the run.',
      type: 'OpeningType',
    },
  },
  CopiedWitnessType: {
    passages: {
      means: 'The opening of that passage alone.',
      type: 'PassagesOpeningType',
    },
    at: {
      means: 'The number of tokens after the start of the passage at which it differs from its source.',
    },
    own: {
      means: 'The opening of the own item at that token.',
      type: 'OpeningType',
    },
    source: {
      means: 'The opening of the source at the same token.',
      type: 'OpeningType',
    },
  },
  BorderWitnessType: {
    passages: {
      means:
        'The opening of one passage of the item with its neighbours, or of the two passages that should have it between them.',
      type: 'PassagesOpeningType',
    },
    item: {
      means:
        'The opening of an item of a contribution. If `item` is not below `items`, it proves only that there is no such item.',
      type: 'ItemOpeningType',
    },
  },
  SharedWitnessType: {
    position: {
      means: 'The position of the output that the claim does not show as shared.',
    },
    start: {
      means: 'The first position of the shared run.',
    },
    end: {
      means: 'The position after its last one.',
    },
    ownItem: {
      means: 'The index of the item that holds it in the contribution that owns the position by the claim.',
    },
    ownPos: {
      means: 'The token of that item at which the run begins.',
    },
    contribution: {
      means: 'The contribution of another owner that holds it too.',
    },
    item: {
      means: 'The index of the item in that contribution.',
    },
    pos: {
      means: 'The token of that item at which the run begins.',
    },
    output: {
      means: 'The opening of the output over the run.',
      type: 'OpeningType',
    },
    own: {
      means: "The opening of the owner's item over the run.",
      type: 'OpeningType',
    },
    source: {
      means: "The opening of the second contribution's item over the run.",
      type: 'OpeningType',
    },
    outputPassages: {
      means:
        'Passages that prove that nothing of the run is copied in the output: required in a calibration, absent in a receipt.',
      type: 'PassagesOpeningType',
    },
    ownPassages: {
      means: "The same for the owner's item.",
      type: 'PassagesOpeningType',
    },
    sourcePassages: {
      means: "The same for the second contribution's item.",
      type: 'PassagesOpeningType',
    },
  },
  AbsentWitnessType: {
    section: {
      means: 'The index of the section.',
    },
    pick: {
      means: 'The index of the pick in the section.',
    },
    phrase: {
      means: 'The index of the phrase in the pick.',
    },
    output: {
      means: 'The opening of the output over the phrase.',
      type: 'OpeningType',
    },
    shown: {
      means: 'Shows that the chunk of the pick does not hold the phrase there.',
      type: 'NotHeldType',
    },
  },
  NotHeldType: {
    source: {
      means: 'The text at that place: one of its tokens is another, or the text has ended there.',
      type: 'OpeningType',
    },
    novelRuns: {
      means:
        'The novel run that is named, of which no token is in the phrase; or the number of runs, if it is past their end.',
      type: 'NovelRunsOpeningType',
    },
  },
  NovelRunsOpeningType: {
    count: {
      means: 'The number of novel runs that the contribution declared.',
    },
    first: {
      means: 'The index of the first run that is opened.',
    },
    runs: {
      means: 'The runs, consecutive; none to show the number alone.',
      type: 'NovelRunType',
    },
    branch: {
      means: 'The branch of the opened runs in the declared list.',
    },
  },
  PromptedWitnessType: {
    section: {
      means: 'The index of the section.',
    },
    pick: {
      means: 'The index of the pick in the section.',
    },
    phrase: {
      means: 'The index of the phrase in the pick.',
    },
    place: {
      means: 'The position of the prompt at which the phrase begins.',
    },
    output: {
      means: 'The opening of the output over the phrase.',
      type: 'OpeningType',
    },
    prompt: {
      means: 'The opening of the prompt over the phrase.',
      type: 'OpeningType',
    },
  },
  RepeatedWitnessType: {
    section: {
      means: 'The index of the section.',
    },
    pick: {
      means: 'The index of the pick in the section.',
    },
    phrase: {
      means: 'The index of the phrase in the pick.',
    },
    earlier: {
      means: 'The earlier position of the section at which the phrase counts.',
    },
    output: {
      means: 'The opening of the output over the phrase.',
      type: 'OpeningType',
    },
    before: {
      means:
        'The opening of the output over the phrase at the earlier position, and over the tokens that decide what it bears there.',
      type: 'OpeningType',
    },
  },
  CrowdedWitnessType: {
    section: {
      means: 'The index of the section.',
    },
    pick: {
      means: 'The index of the pick in the section.',
    },
    phrase: {
      means: 'The index of the phrase in the pick.',
    },
    output: {
      means: 'The opening of the output over the phrase.',
      type: 'OpeningType',
    },
    holders: {
      means: 'As many chunks as may bear a phrase, ascending, that come before that of the pick.',
      type: 'ShownHolderType',
    },
  },
  ShownHolderType: {
    contribution: {
      means: 'The contribution that holds the phrase.',
    },
    item: {
      means: 'The index of the item in that contribution.',
    },
    pos: {
      means: 'The token of the item at which the phrase begins.',
    },
    source: {
      means: 'The opening of the item over the phrase.',
      type: 'OpeningType',
    },
  },
  BitsWitnessType: {
    section: {
      means: 'The index of the section.',
    },
    pick: {
      means: 'The index of the pick in the section.',
    },
    phrase: {
      means: 'The index of the phrase in the pick.',
    },
    output: {
      means: 'The opening of the output over the phrase, and over the tokens that decide what it bears.',
      type: 'OpeningType',
    },
  },
  SectionWitnessType: {
    section: {
      means: 'The index of the section.',
    },
    start: {
      means: 'The opening of the first chunk of the section.',
      type: 'OpeningType',
    },
    end: {
      means:
        'The opening of the first chunk after the section; none after the last section, whose end is that of the output.',
      type: 'OpeningType',
    },
  },
  OutdoneWitnessType: {
    section: {
      means: 'The index of the section.',
    },
    step: {
      means: 'The number of picks before the one that is outdone.',
    },
    contribution: {
      means: 'The contribution whose chunk adds more.',
    },
    item: {
      means: 'The index of the item in the contribution.',
    },
    chunk: {
      means: 'The index of the chunk in the item.',
    },
    output: {
      means:
        'The opening of the output from the start of the section to the last phrase, and over the tokens that decide what it bears.',
      type: 'OpeningType',
    },
    source: {
      means: 'The opening of the chunk, and of the next one if a phrase ends there.',
      type: 'OpeningType',
    },
    novelRuns: {
      means: 'The opening of novel runs, of which each phrase has a token.',
      type: 'NovelRunsOpeningType',
    },
    phrases: {
      means: 'Phrases that the chunk holds and no pick before has added, ascending by `at`.',
      type: 'HeldPhraseType',
    },
  },
  HeldPhraseType: {
    at: {
      means: 'The position of the output at which it begins.',
    },
    place: {
      means: 'The token of the chunk at which it begins.',
    },
  },
  ExcuseWitnessType: {
    challenge: {
      means: 'The id of the transaction of the `outdone` that was answered.',
    },
    excuse: {
      means: 'The index of the excuse in the answer.',
    },
    holder: {
      means: 'The index of the holder in the excuse; 0 for a place in the prompt.',
    },
    output: {
      means: 'The opening of the output over the phrase.',
      type: 'OpeningType',
    },
    shown: {
      means:
        'The opening of the item, or of the prompt, at that place: one of its tokens is another, or the text has ended there.',
      type: 'OpeningType',
    },
  },
  AttributionAnswerType: {
    demand: {
      means: "The id of the challenge's transaction.",
    },
    opening: {
      means: 'The chunks that were demanded, with the proof that they belong to the committed text.',
      type: 'OpeningType',
    },
  },
  RewardClaimType: {
    contributions: {
      means:
        'The ids of contributions of the sender, ascending. All that they have earned is claimed: by spans, by relevance, and of the remainder.',
    },
    models: {
      means: 'The models that the sender owns or has a share in, ascending.',
    },
    stake: {
      means: 'Whether to claim what validators with this payout account have earned.',
    },
  },
  CalibrationClaimType: {
    model: {
      means: 'The model that is calibrated.',
    },
    version: {
      means: 'The version of the model.',
    },
    round: {
      means: 'Which of the two draws of the version is claimed: 0 or 1.',
    },
    asOf: {
      means: 'The claim counts what was struck or became void in blocks up to this height.',
    },
    level: {
      means: 'The index of the step that meets the bar, or NO_STEP.',
    },
    draws: {
      means:
        'One entry for each draw, in order. The entries have no matches and echoes if no step meets the bar.',
      type: 'DrawClaimType',
    },
    before: {
      means:
        'The claims at the step before, ascending by draw. There are none if the first step meets the bar, or if too few draws count for any step to meet it.',
      type: 'BeforeClaimType',
    },
  },
  DrawClaimType: {
    contribution: {
      means: 'The contribution id of the contribution drawn from.',
    },
    item: {
      means: 'The index of the drawn item in its contribution.',
    },
    position: {
      means: 'The place of the drawn token in its item.',
    },
    tokens: {
      means: 'The number of tokens of the item.',
    },
    promptTokens: {
      means: "The number of tokens of the item's prompt part. A drawn token is never in it.",
    },
    claim: {
      means: 'The evidence for the stretch around the drawn token.',
      type: 'ClaimType',
    },
  },
  BeforeClaimType: {
    draw: {
      means: 'The index of the draw, from 0.',
    },
    claim: {
      means: 'The evidence for the same stretch at the step before.',
      type: 'ClaimType',
    },
  },
  ModelRevisionType: {
    model: {
      means: 'The model that gets a new version.',
    },
    rules: {
      means: 'The version of the rules of attribution: that of the Datanets which it draws on.',
    },
    weights: {
      means: 'The hash of its weights.',
    },
    recipe: {
      means: 'The root of the recipe that it was made by.',
    },
    transcript: {
      means: 'The root of the transcript of its training.',
    },
    evaluationRoot: {
      means: 'The root of the answers that its published results come from.',
    },
    template: {
      means: 'The hash of the template that makes a prompt of what people and models say.',
    },
    manifest: {
      means: 'The versions of Datanets that it was trained on, ascending by Datanet.',
      type: 'PinType',
    },
    evaluation: {
      means: 'Published results of the version; may be empty.',
      type: 'EvaluationType',
    },
  },
  AttributionExcuseType: {
    challenge: {
      means: 'The id of the transaction of the challenge: an `outdone` that is open.',
    },
    excuses: {
      means: 'Why the chunk that was shown does not add phrases, ascending by phrase: as many as it takes.',
      type: 'ExcuseType',
    },
  },
  ExcuseType: {
    phrase: {
      means: 'The index of the phrase in what was shown.',
    },
    reason: {
      means: 'Why the chunk does not add it.',
      type: 'ReasonType',
    },
  },
  ReasonType: {
    prompt: {
      means: 'The phrase stands in the prompt.',
      type: 'PromptPlaceType',
    },
    holders: {
      means: 'As many chunks as may bear it hold it before.',
      type: 'HoldersType',
    },
  },
  PromptPlaceType: {
    place: {
      means: 'The position of the prompt at which the phrase begins.',
    },
  },
  HoldersType: {
    places: {
      means:
        'As many chunks as may bear a phrase, ascending, that come before the one that outdoes the pick.',
      type: 'HolderType',
    },
  },
  HolderType: {
    contribution: {
      means: 'The contribution that holds the phrase.',
    },
    item: {
      means: 'The index of the item in the contribution.',
    },
    chunk: {
      means: 'The index of the chunk in the item.',
    },
    place: {
      means: 'The token of the chunk at which the phrase begins.',
    },
  },
  AttributionBackingType: {
    settlement: {
      means:
        'The id of the settlement, whose claim is short: more has to be locked behind it than its attestor has.',
    },
    amount: {
      means: "What is locked of the sender's bond, base units; at most what is missing is.",
    },
  },
  VoucherType: {
    payer: {
      means: 'The account that pays, and that signs the voucher.',
    },
    provider: {
      means: 'The account that is paid.',
    },
    lane: {
      means: 'The lane of the payer with this provider.',
    },
    amount: {
      means: 'The amount owed for all receipts so far, in base units.',
    },
    count: {
      means: 'The number of receipts so far.',
    },
    accumulator: {
      means: 'The accumulator over all receipts so far.',
    },
  },
};
