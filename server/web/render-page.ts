import {h} from 'preact'
import {renderToString} from 'preact-render-to-string'
import {App} from '../../templates/pages/app.js'
import {pageTitle} from '../../templates/pages/page-title.js'
import type {PageData} from '../../templates/state/page-state.js'

/** A stack of layers, as the icon of the browser's tab. */
const ICON =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 16 16%22%3E%3Crect width=%2216%22 height=%2216%22 rx=%223%22 fill=%22%231f883d%22/%3E%3Cpath d=%22M3 5.5 8 3l5 2.5L8 8Zm0 3L8 11l5-2.5M3 11l5 2.5 5-2.5%22 fill=%22none%22 stroke=%22%23fff%22/%3E%3C/svg%3E'

/** A whole HTML document: the page as it stands, and its data, from which the browser goes on. */
export function renderPage(data: PageData, assets: {script: string; style: string}): string {
  return `<!doctype html>
<html lang="en" data-color-mode="auto" data-light-theme="light" data-dark-theme="dark">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="same-origin">
<title>${escapeText(pageTitle(data))}</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="${assets.style}">
<script type="module" src="${assets.script}"></script>
</head>
<body>
<div id="app">${renderToString(h(App, {data}))}</div>
<script type="application/json" id="page-data">${embedJson(data)}</script>
</body>
</html>
`
}

/** JSON inside a script element: nothing in it can end the element or begin a comment. */
export const embedJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll('<', '\\u003c')

const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
