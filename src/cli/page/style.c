/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/page/page.h"

/* Colours once for light, once for dark; paper is always light. */
static const char *const rules[] = {
    ":root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1b2330;--soft:#5c6778;--line:#dde2ea;"
    "--boot:#7a5bd0;--table:#a04d8c;--app:#2563c9;--nvs:#b7660a;--files:#0d8065;--data:#5f7186;--none:#9aa5b4;"
    "--good:#146c43;--goodbg:#dff3e7;--warn:#8a5300;--warnbg:#fdefd5;--bad:#a8202d;--badbg:#fbe2e4}\n",
    "@media(prefers-color-scheme:dark){:root{--bg:#12161d;--card:#1a2029;--ink:#e4e9f0;--soft:#9ba8b9;--line:#2d3643;"
    "--boot:#a78bf5;--table:#d182bd;--app:#6ba1f7;--nvs:#e5a04b;--files:#45bd9c;--data:#93a5bb;--none:#5d6877;"
    "--good:#7fd6a4;--goodbg:#173526;--warn:#f0bd6b;--warnbg:#3a2c12;--bad:#f59aa3;--badbg:#43191e}}\n",
    "*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--ink);"
    "font:15px/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Liberation "
    "Sans\",sans-serif;overflow-wrap:anywhere}\n",
    "main,header,footer{max-width:1120px;margin:0 auto;padding:0 20px}header{padding-top:32px;padding-bottom:8px}"
    "footer{padding-top:8px;padding-bottom:32px;color:var(--soft);font-size:13px}\n",
    "h1{font-size:26px;line-height:1.25;margin:0 0 4px;font-weight:650;letter-spacing:-.01em}"
    "h2{font-size:17px;margin:0 0 12px;font-weight:650}h3{font-size:14px;margin:20px 0 8px;font-weight:650}"
    ".sub{color:var(--soft);margin:0 0 14px}p{margin:0 0 10px}\n",
    "section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:18px 20px;margin:0 0 16px}"
    ".grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,330px),1fr));gap:16px;margin-bottom:16px}"
    ".grid section{margin:0}\n",
    ".badges{display:flex;flex-wrap:wrap;gap:8px;margin:0 0 8px;padding:0;list-style:none}"
    ".badges li,.tag{border-radius:99px;padding:2px 11px;font-size:13px;font-weight:600;background:var(--line)}"
    ".tag{padding:1px 8px;font-size:12px;white-space:nowrap}"
    ".good{color:var(--good);background:var(--goodbg)!important}.warn{color:var(--warn);background:var(--warnbg)!"
    "important}"
    ".bad{color:var(--bad);background:var(--badbg)!important}\n",
    "dl{display:grid;grid-template-columns:minmax(92px,max-content) 1fr;gap:5px "
    "16px;margin:0}dt{color:var(--soft)}dd{margin:0}"
    "code,.c{font-family:ui-monospace,\"SFMono-Regular\",Menlo,Consolas,\"Liberation "
    "Mono\",monospace;font-size:13px}\n",
    ".scroll{overflow-x:auto;margin:0 -4px;padding:0 4px}table{border-collapse:collapse;width:100%;font-size:14px}"
    "th{color:var(--soft);font-weight:500;font-size:13px;text-align:left}th,td{padding:5px 12px 5px "
    "0;border-bottom:1px "
    "solid var(--line);vertical-align:top}td{min-width:44px}tbody tr:last-child td{border-bottom:0}"
    ".n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}th:last-child,td:last-child{padding-"
    "right:0}"
    "td{overflow-wrap:normal}th,td.dim,td:first-child:not(.path){white-space:nowrap}.path{min-width:180px;overflow-"
    "wrap:anywhere}.dim{color:var(--soft)}\n",
    "svg{display:block;width:100%;overflow:hidden}.map text{font-size:12px;fill:var(--ink)}"
    ".map .axis{fill:var(--soft);font-size:11px}.back{opacity:.22}.k-boot{fill:var(--boot)}.k-table{fill:var(--table)}"
    ".k-app{fill:var(--app)}.k-nvs{fill:var(--nvs)}.k-files{fill:var(--files)}.k-data{fill:var(--data)}"
    ".k-none{fill:var(--none)}.lack{fill:url(#lack)}.edge{stroke:var(--card);stroke-width:1}.tick{stroke:var(--line)}"
    "\n",
    ".legend{display:flex;flex-wrap:wrap;gap:4px 16px;font-size:13px;color:var(--soft);margin:10px 0 0;padding:0;"
    "list-style:none}.legend svg,.dot{display:inline-block;width:11px;height:11px;vertical-align:-1px;margin-right:6px}"
    ".use{width:96px;min-width:64px}.use svg{height:9px;margin-top:6px;border-radius:2px}\n",
    "ul.list{margin:0;padding:0;list-style:none}ul.list li{padding:7px 0;border-bottom:1px solid "
    "var(--line);display:flex;"
    "gap:10px;align-items:baseline}ul.list li:last-child{border:0}\n",
    "@media(max-width:520px){main,header,footer{padding-left:12px;padding-right:12px}section{padding:14px}"
    "h1{font-size:22px}dl{gap:5px 10px}}\n",
    "@media print{:root{color-scheme:light;--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--boot:#7a5bd0;"
    "--table:#a04d8c;--app:#2563c9;--nvs:#b7660a;--files:#0d8065;--data:#5f7186;--none:#9aa5b4;--good:#146c43;"
    "--goodbg:#dff3e7;--warn:#8a5300;--warnbg:#fdefd5;--bad:#a8202d;--badbg:#fbe2e4}"
    "*{print-color-adjust:exact;-webkit-print-color-adjust:exact}body{font-size:10.5pt}section{border:0;padding:8px 0}"
    "section.keep,tr,li{break-inside:avoid}h2,h3{break-after:avoid}.scroll{overflow:visible}main,header,footer{"
    "max-width:none;padding:0}@page{margin:16mm}}\n",
};

void page_style(html *page)
{
    html_put(page, "<style>\n");
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        html_put(page, rules[i]);
    html_put(page, "</style>\n");
}
