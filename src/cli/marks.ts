/** The marks that say, where there are no colours, which words are whose. */

/** Returns words with the marks around them, and before them whose they are. */
export const marked = (label: string, words: string): string => `⟦${label}│${words}⟧`;

const MARKS: Readonly<Record<string, string>> = { '⟦': '[', '│': '|', '⟧': ']' };

/** Returns the text of a stranger with other characters in the place of marks: it could fake whose its words are. */
export const withoutMarks = (text: string): string => text.replace(/[⟦│⟧]/g, (mark) => MARKS[mark] ?? mark);
