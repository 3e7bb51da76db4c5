export type Step = 'unstarted' | 'propose' | 'prevote' | 'precommit' | 'decided';
