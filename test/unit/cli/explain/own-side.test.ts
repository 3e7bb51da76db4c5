/** What a model pays to the side of its owner is shown as such, in every view. */
import { describe, expect, test } from 'vitest';
import { explain } from '../../../../src/cli/explain/explain.ts';
import { renderHtml } from '../../../../src/cli/explain/html.ts';
import { NOTHING_READ } from '../../../../src/cli/explain/judgement.ts';
import { renderTerminal } from '../../../../src/cli/explain/terminal.ts';
import { address, factsOf, type Scene } from './scene.ts';

const explained = (scene: Scene, name?: string) =>
  explain(factsOf(scene), {
    names: (account) => (account === address(1) ? name : undefined),
    judgement: undefined,
    around: NOTHING_READ,
  });

const screenOf = (explanation: ReturnType<typeof explained>): string =>
  renderTerminal(explanation, 100).replaceAll(/\s+/g, ' ');
const views = (scene: Scene, name?: string): readonly string[] => {
  const explanation = explained(scene, name);
  return [screenOf(explanation), renderHtml(explanation).replaceAll(/\s+/g, ' ')];
};

const PAID = { contributions: 3n * 10n ** 18n, datanets: 10n ** 17n, bps: 9_074 };
const NOTHING = { contributions: 0n, datanets: 0n, bps: 0 };

describe('an explanation of a model whose data is of others', () => {
  test('says nothing about its owner', () => {
    const explanation = explained({});
    expect(explanation.own).toBeUndefined();
    expect(explanation.contributors.map(({ own }) => own)).toEqual([null, null]);
    for (const view of views({})) expect(view.toLowerCase()).not.toContain('the owner of the model');
  });
});

describe('an explanation of a model whose owner has a part in its data', () => {
  const scene: Scene = {
    modelOwner: 1,
    own: {
      datanets: [
        { datanet: 4, roles: ['owner', 'reviewer'] },
        { datanet: 7, roles: ['reviewer'] },
        { datanet: 9, roles: ['contributor'] },
      ],
      paid: PAID,
    },
  };

  test('says what the owner is to which Datanets, and what its side was paid', () => {
    for (const view of views(scene, 'carol')) {
      expect(view).toContain(
        'The owner of this model, carol, has a part in what it draws on: it has created Datanet 4, and reviews Datanets 4 and 7, and is named to contribute to Datanet 9.',
      );
      expect(view).toContain(
        'Of the data money of its closed epochs 90.74 % went to the side of its owner: 3.000000000 OPEN to contributions of its owner, 0.100000000 OPEN to others in Datanets that its owner has created or reviews.',
      );
    }
  });

  test('marks the contributions of the owner, and those of others in its Datanets', () => {
    const { contributors, names } = explained(scene, 'carol');
    expect(contributors.map(({ own }) => own)).toEqual([
      { type: 'owner' },
      { type: 'datanet', roles: ['owner', 'reviewer'] },
    ]);
    expect(names[address(1)]).toBe('carol');
    for (const view of views(scene)) {
      expect(view).toContain('of the owner of the model');
      expect(view).toContain('in a Datanet that the owner of the model has created and reviews');
    }
  });

  test('marks no commons, of which nobody is paid, and no Datanet that the owner only contributes to', () => {
    const { contributors } = explained({
      modelOwner: 2,
      commons: [2],
      own: { datanets: [{ datanet: 4, roles: ['contributor'] }], paid: NOTHING },
    });
    expect(contributors.map(({ own }) => own)).toEqual([null, null]);
  });

  test('says what was paid where the owner has contributed to Datanets of others only', () => {
    for (const view of views({ modelOwner: 1, own: { datanets: [], paid: PAID } })) {
      expect(view).toContain(`90.74 % went to the side of its owner, ${address(1)}:`);
      expect(view).not.toContain('has a part in what it draws on');
    }
  });

  test('shows a name that could drive a terminal or a page as harmless text', () => {
    const [screen = '', page = ''] = views(scene, '<b>\u001b[31mcarol');
    for (const view of [screen, page]) expect(view).not.toContain('\u001b[31mcarol');
    expect(page).not.toContain('<b>\uFFFD');
  });
});
