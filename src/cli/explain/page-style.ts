/** The look of the page: one sheet, for light and dark, for screens and paper. */

/** Hues of contributors: neighbours differ clearly, also to most eyes that tell fewer colours. */
const HUES = [230, 70, 150, 320, 265, 190, 100, 25, 345, 125];

export const COLOURS = HUES.length;

const hueRules = HUES.map((hue, i) => `.c${i + 1}{--h:${hue};--s:var(--chroma)}`).join('\n');

export const PAGE_STYLE = `
:root{color-scheme:light dark;--chroma:.085;--bg:#fbfbf9;--card:#fff;--ink:#1b1d21;--soft:#62676f;--line:#e3e4e0;--fill-l:.9;--edge-l:.62;--ok:#157347;--warn:#9a6700;--bad:#b42318}
@media (prefers-color-scheme:dark){:root{--bg:#121316;--card:#1a1c20;--ink:#e8e8e4;--soft:#9aa0a8;--line:#2c2f35;--fill-l:.37;--edge-l:.7;--ok:#4cc38a;--warn:#e2b04a;--bad:#ff7b72}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:1rem}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:76rem;margin:0 auto;padding:2.2rem 1.4rem 4rem}
a{color:inherit}
h1{font-size:1.65rem;line-height:1.3;font-weight:640;margin:.5rem 0 .4rem;max-width:44rem;letter-spacing:-.01em;text-wrap:balance}
h2{font-size:.78rem;letter-spacing:.08em;text-transform:uppercase;color:var(--soft);font-weight:650;margin:2.4rem 0 .7rem}
h3{font-size:1rem;margin:0;font-weight:620}
p{margin:.35rem 0}
code,.mono{font:.86em/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
.soft{color:var(--soft)}
.small{font-size:.87rem}
.top{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;color:var(--soft);font-size:.9rem}
.brand{font-weight:650;color:var(--ink)}
.badge{border-radius:99px;padding:.1rem .7rem;border:1px solid currentColor;font-weight:600;font-size:.82rem}
.badge.final{color:var(--ok)}.badge.open,.badge.unsettleable,.badge.held{color:var(--warn)}.badge.expired,.badge.void{color:var(--bad)}
.bar{display:flex;height:1.15rem;border-radius:.4rem;overflow:hidden;margin:1.3rem 0 .6rem;background:var(--line)}
.bar a,.bar span{display:block;min-width:2px}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.3rem;font-size:.87rem;color:var(--soft);padding:0;margin:0;list-style:none}
.legend b{color:var(--ink);font-weight:600}
.swatch{display:inline-block;width:.8em;height:.8em;border-radius:.2em;margin-right:.4em;vertical-align:-.06em}
.fill{background:oklch(var(--fill-l) var(--s) var(--h));}
.echo-fill{background:repeating-linear-gradient(45deg,transparent 0 3px,var(--soft) 3px 4px)}
.held-fill{background:repeating-linear-gradient(90deg,transparent 0 3px,var(--soft) 3px 5px)}
.shared-fill{background:repeating-linear-gradient(0deg,transparent 0 3px,var(--soft) 3px 4px)}
.rest-fill{background:var(--line)}
.c0{--h:0;--s:0}
${hueRules}
.pair{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1.05fr);gap:0 2rem;align-items:start}
.stick{position:sticky;top:0;max-height:100vh;overflow:auto;padding-bottom:1rem}
.text{background:var(--card);border:1px solid var(--line);border-radius:.7rem;padding:1.1rem 1.25rem;white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.75;unicode-bidi:plaintext}
.text a{text-decoration:none;border-radius:.25em;padding:.08em .12em;box-decoration-break:clone;-webkit-box-decoration-break:clone;background:oklch(var(--fill-l) var(--s) var(--h));border-bottom:2px solid oklch(var(--edge-l) calc(var(--s) * 1.6) var(--h))}
.text a:hover{filter:saturate(1.5)}
.text a:target,.src:target{outline:2px solid oklch(var(--edge-l) calc(var(--s) * 1.8) var(--h));outline-offset:2px}
.text a.shared{background:var(--line);border-bottom:2px double var(--soft)}
.text sup{font-size:.68em;font-weight:700;margin-left:.15em;line-height:0;opacity:.75}
.echo{color:var(--soft);font-style:italic;text-decoration:underline dotted;text-underline-offset:.25em}
.uncredited{text-decoration:underline;text-decoration-style:wavy;text-decoration-color:var(--soft);text-underline-offset:.25em}
.asked{border:1px solid var(--line);border-radius:.7rem;padding:.4rem 1.1rem;margin-top:1.4rem;background:var(--card)}
.who{background:var(--card);border:1px solid var(--line);border-left:.35rem solid oklch(var(--edge-l) calc(var(--s) * 1.6) var(--h));border-radius:.7rem;padding:.95rem 1.15rem;margin:0 0 1rem}
.whohead{display:flex;gap:.6rem;align-items:baseline;flex-wrap:wrap}
.chip{display:inline-block;min-width:1.6em;text-align:center;border-radius:.3em;font-weight:700;font-size:.85em;background:oklch(var(--fill-l) var(--s) var(--h))}
.pay{margin-left:auto;font-weight:640;font-variant-numeric:tabular-nums}
.src{border-top:1px solid var(--line);margin-top:.7rem;padding-top:.6rem}
.src blockquote{margin:.25rem 0 0;white-space:pre-wrap;overflow-wrap:anywhere;color:var(--soft);font-size:.93rem;unicode-bidi:plaintext}
.src mark{color:var(--ink);border-radius:.2em;padding:.03em .1em;box-decoration-break:clone;-webkit-box-decoration-break:clone;background:oklch(var(--fill-l) var(--s) var(--h))}
.src u{color:var(--ink);text-decoration:underline dotted;text-underline-offset:.25em}
.good{color:var(--ok)}.wrong{color:var(--bad);font-weight:600}
table{border-collapse:collapse;width:100%;font-size:.93rem}
td,th{padding:.4rem .7rem .4rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);font-weight:inherit}
th{white-space:nowrap}
td.num{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
tr.sum td,tr.sum th{font-weight:640}
.cols{display:grid;grid-template-columns:minmax(0,1.15fr) minmax(0,1fr);gap:0 2.4rem}
.cols>*{min-width:0}
ol.chain{list-style:none;margin:0;padding:0 0 0 1.1rem;border-left:2px solid var(--line)}
ol.chain li{position:relative;margin:0 0 .85rem}
ol.chain li::before{content:"";position:absolute;left:-1.48rem;top:.5em;width:.62rem;height:.62rem;border-radius:50%;background:var(--soft)}
ol.chain li.later::before{background:var(--bg);border:2px solid var(--soft)}
ol.chain b{font-variant-numeric:tabular-nums;font-weight:620}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:0 .8rem;margin:.1rem 0 0;font-size:.86rem;color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
.own{color:var(--warn)}
.gaps{border:1px solid var(--warn);border-radius:.7rem;padding:.4rem 1.1rem;margin-top:1.4rem}
@media (max-width:52rem){.pair,.cols{grid-template-columns:minmax(0,1fr)}.stick{position:static;max-height:none}}
@media print{.stick{position:static;max-height:none}main{max-width:none;padding:0}body{background:#fff}}
`;
