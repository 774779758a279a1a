---@brief
---
--- Coroscope finds, explains and repairs asyncio mistakes. It runs beside a type checker and a linter.
--- Install it with pip, pipx or uv so that `coroscope` is on the search path.

---@type vim.lsp.Config
return {
  cmd = { 'coroscope', 'server' },
  filetypes = { 'python' },
  root_markers = { 'pyproject.toml', 'setup.py', 'setup.cfg', '.git' },
}
