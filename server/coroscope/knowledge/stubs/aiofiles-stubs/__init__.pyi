from . import tempfile as tempfile
from .threadpool import open as open
from .threadpool import stderr as stderr
from .threadpool import stderr_bytes as stderr_bytes
from .threadpool import stdin as stdin
from .threadpool import stdin_bytes as stdin_bytes
from .threadpool import stdout as stdout
from .threadpool import stdout_bytes as stdout_bytes
