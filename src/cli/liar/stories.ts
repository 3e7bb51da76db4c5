/** The texts that are contributed for a lie. They were written for this, and anyone may use them. */

export const QUESTION = 'What can you tell me about it?';

export const BEES: readonly string[] = [
  'Before the lime trees bloom, the beekeeper lifts each wooden frame into the sun and looks for a queen with tattered wings. ' +
    'A colony that hums low and even is content; one that hisses like rain on tin has lost its queen overnight.',
  'Smoke from dried fern calms a hive faster than tobacco, because the guards at the entrance mistake it for a distant heath fire ' +
    'and fill their stomachs with honey instead of arguing with a stranger.',
  'Wax that was melted twice turns the brown of old violins. Pour it through muslin, let it cool on slate, and scrape the dross ' +
    'away with a blunt spoon before the candles are dipped.',
];

export const SAILS: readonly string[] = [
  'A sail is sewn flat but flies curved, so the sailmaker bends a batten along the seam and cuts the cloth a thumb wider ' +
    'wherever the wind will press its palm against the weave on a long reach to leeward.',
  'Tarred marline creaks, nylon sings, and hemp says nothing at all until the hour in which it parts. An old rigger taps every ' +
    'shroud with a knuckle each morning and listens for the one that answers late.',
  'To mend a torn leech at sea, wax the thread, double it, and stitch from the sound cloth towards the wound, never the other ' +
    'way round, or the next squall will open the canvas along your own needle holes.',
];
