"""`tf.experimental.numpy`: NumPy's functions on tensors, over the ops and functions of the rest of the API.

Result types follow NumPy (`arrays.result_type`); everything else is composed of ordinary functions of tensors, and so
works in graphs and has gradients.
"""
