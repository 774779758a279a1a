;;; coroscope.el --- asyncio mistakes in eglot -*- lexical-binding: t; -*-

;; Load this file, or copy the form below into your init file. `M-x eglot' in a Python buffer then starts coroscope.
;; Eglot runs one server a buffer, so coroscope takes the place of the one that Eglot would choose for Python.

(require 'eglot)

(add-to-list 'eglot-server-programs
             '((python-mode python-ts-mode) . ("coroscope" "server")))

(provide 'coroscope)
;;; coroscope.el ends here
