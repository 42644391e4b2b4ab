"""What libraries import from private modules of TensorFlow and the public API does not have under another name.

`tensorflow.python.eager.context` is `eager_context` here, and so on: the path below `tensorflow.python` (below
`tensorflow` for `tensorflow.compiler`), joined by underscores. Such a module's names come before those of
private_paths.json (see `tfshim.compat.private_paths`).
"""
