"""The look of every page: system fonts, calm colours, readable on a phone and on paper; nothing is loaded from anywhere."""

from html import escape

STYLE = """
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:#f4f6f8;color:#1d2733;font:16px/1.5 system-ui,"Noto Sans CJK SC","WenQuanYi Zen Hei",sans-serif}
main{max-width:1100px;margin:0 auto;padding:24px 16px 64px}
h1{font-size:28px;margin:8px 0}
h2{font-size:22px;margin:0 0 4px}
h3{font-size:16px;margin:22px 0 6px}
section{background:#fff;border:1px solid #dde3e9;border-radius:10px;padding:20px;margin:18px 0}
.mark{display:inline-block;background:#fff3d6;border:1px solid #c79100;border-radius:6px;padding:4px 10px;margin:4px 0}
.cards{list-style:none;display:flex;flex-wrap:wrap;gap:12px;padding:0;margin:16px 0}
.cards li{background:#fff;border:1px solid #dde3e9;border-radius:10px;padding:12px 14px;min-width:160px;flex:1}
.cards b{display:block;font-size:21px;white-space:nowrap}
.cards span{color:#5b6875;font-size:13px}
figure{margin:0;overflow-x:auto}
svg{width:100%;min-width:720px;height:auto;display:block;font-family:inherit}
.scroll{overflow-x:auto;margin-top:14px}
table{border-collapse:collapse;width:100%;font-size:14px}
caption{text-align:left;font-weight:600;padding:6px 0}
th,td{text-align:left;vertical-align:top;padding:6px 8px;border-bottom:1px solid #e6ebf0}
th{color:#5b6875;font-weight:600;white-space:nowrap}
@media print{body{background:#fff}section{break-inside:avoid-page;border:0;padding:0}}
"""


def page(title: str, body: str) -> str:
    """Put a body into a page of its own, which may run no script and load no resource."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>\n"
    )
