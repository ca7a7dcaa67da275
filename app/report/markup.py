"""The frame of a report: text that is safe, tables, figures in both themes, style and script.

Nothing in it is fetched: plotly.js is inside, and a content security policy forbids the rest.
"""

from collections.abc import Callable, Iterable, Sequence

import pandas as pd
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from app.charts.paint import PAINTS, Theme
from app.words import escape_html as escape

_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'"
)


_LONG = 40  # rows; longer tables are folded, and unfolded for print


def page(title: str, body: str) -> str:
    """The whole document."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>{_style()}</style>\n"
        f"<script>{get_plotlyjs()}</script>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
        f"<script>{_SCRIPT}</script>\n</body>\n</html>\n"
    )


def section(title: str, *parts: str) -> str:
    """A part of the report with its heading."""
    return f"<section>\n<h2>{escape(title)}</h2>\n{''.join(parts)}</section>\n"


def heading(title: str) -> str:
    """A heading inside a section."""
    return f"<h3>{escape(title)}</h3>\n"


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph; kind `note` (small) or `warning`."""
    return f"<p{f' class={kind!r}' if kind else ''}>{escape(text)}</p>\n"


def points(sentences: Iterable[str], kind: str = "") -> str:
    """A list of sentences, nothing without any."""
    items = "".join(f"<li>{escape(s)}</li>" for s in sentences)
    return f"<ul{f' class={kind!r}' if kind else ''}>{items}</ul>\n" if items else ""


def pairs(rows: Iterable[tuple[str, str]]) -> str:
    """Names and values, as a table with row headings."""
    cells = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'
        for name, value in rows
    )
    return f'<div class="wide"><table class="pairs"><tbody>{cells}</tbody></table></div>\n'


def table(frame: pd.DataFrame, caption: str, numbers: Sequence[str] = ()) -> str:
    """A frame whose cells are texts or whole numbers; the first column heads its rows.

    Args:
      frame: what to show.
      caption: what it is.
      numbers: columns that are aligned to the right.
    """
    right = [name in numbers for name in frame.columns]
    head = "".join(
        f'<th scope="col"{_end(r)}>{escape(str(c))}</th>'
        for c, r in zip(frame.columns, right, strict=True)
    )
    rows = []
    for values in frame.itertuples(index=False, name=None):
        cells = [f'<th scope="row">{escape(_cell(values[0]))}</th>']
        cells += [
            f"<td{_end(r)}>{escape(_cell(v))}</td>"
            for v, r in zip(values[1:], right[1:], strict=True)
        ]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    whole = (
        f'<div class="wide"><table><caption>{escape(caption)}</caption><thead><tr>{head}</tr>'
        f"</thead><tbody>{''.join(rows)}</tbody></table></div>\n"
    )
    if len(rows) <= _LONG:
        return whole
    summary = f"{escape(caption)}: all {len(rows):,} rows"
    return f"<details><summary>{summary}</summary>\n{whole}</details>\n"


def figure(draw: Callable[[Theme], go.Figure], alt: str) -> str:
    """A figure drawn for both themes; the script shows the one that suits the reader."""
    light, dark = draw("light"), draw("dark")
    specs = "".join(
        # "<" could end the script element: in JSON its escape means the same.
        f'<script type="application/json" data-theme="{theme}">'
        + str(fig.to_json()).replace("<", "\\u003c")
        + "</script>"
        for theme, fig in (("light", light), ("dark", dark))
    )
    return (
        f'<figure><div class="plot" role="img" aria-label="{escape(alt)}" '
        f'style="height:{int(light.layout.height or 400)}px"></div>{specs}</figure>\n'
    )


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _end(right: bool) -> str:
    return ' class="number"' if right else ""


def _style() -> str:
    """Colours of the dashboard's two themes, by the reader's preference; print is light."""

    def colours(theme: Theme) -> str:
        p = PAINTS[theme]
        return (
            f"--text:{p.text};--muted:{p.muted};--grid:{p.grid};--paper:{p.paper};"
            f"--alarm:{p.alarm};--accent:{p.team};"
        )

    return (
        f":root{{{colours('light')}}}"
        f"@media screen and (prefers-color-scheme: dark){{:root{{{colours('dark')}}}}}{_RULES}"
    )


_RULES = """
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--text);
font:16px/1.5 "Source Sans 3","Source Sans Pro",system-ui,sans-serif}
main{max-width:980px;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .3rem}
h2{font-size:1.35rem;margin:2.6rem 0 .6rem;padding-bottom:.25rem;
border-bottom:1px solid var(--grid)}
h3{font-size:1.08rem;margin:1.6rem 0 .4rem}
p,ul{margin:.4rem 0 .8rem;max-width:46rem;overflow-wrap:anywhere}
ul{padding-left:1.2rem}
.note{color:var(--muted);font-size:.92rem}
.warning{border-left:4px solid var(--alarm);padding:.3rem .8rem;list-style-position:inside}
.key{display:flex;flex-wrap:wrap;gap:.8rem;margin:1rem 0}
.key div{flex:1 1 14rem;border:1px solid var(--grid);border-radius:.5rem;padding:.7rem .9rem}
.key b{display:block;font-size:1.6rem;line-height:1.3}
.key span{color:var(--muted);font-size:.92rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin:.6rem 0 1rem;font-size:.92rem;
font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--muted);padding-bottom:.3rem}
th,td{text-align:left;padding:.3rem .9rem .3rem 0;border-bottom:1px solid var(--grid);
vertical-align:top;font-weight:400;overflow-wrap:break-word}
tbody th,.pairs td{overflow-wrap:anywhere;min-width:6rem}
thead th{font-weight:600;border-bottom:2px solid var(--grid)}
.pairs th{width:15rem;color:var(--muted)}
.number{text-align:right}
summary{cursor:pointer;padding:.4rem 0;color:var(--accent)}
figure{margin:.8rem 0 1rem}
.plot{width:100%}
@media print{
main{max-width:none;padding:0}
h2,h3{break-after:avoid}
figure,tr,.key div{break-inside:avoid}
.wide{overflow:visible}
thead{display:table-header-group}
}
"""

_SCRIPT = """
const dark = matchMedia("(prefers-color-scheme: dark)");
function draw(theme, width) {
  for (const chart of document.querySelectorAll("figure")) {
    const spec = JSON.parse(chart.querySelector(`[data-theme=${theme}]`).textContent);
    const layout = {...spec.layout, autosize: !width, width: width};
    Plotly.react(chart.querySelector(".plot"), spec.data, layout,
      {displayModeBar: false, displaylogo: false, responsive: true, scrollZoom: false});
  }
}
const now = () => draw(dark.matches ? "dark" : "light");
dark.addEventListener("change", now);
const folded = [...document.querySelectorAll("details:not([open])")];
addEventListener("beforeprint", () => {
  folded.forEach(part => { part.open = true; });
  draw("light", 660);
});
addEventListener("afterprint", () => {
  folded.forEach(part => { part.open = false; });
  now();
});
now();
"""
