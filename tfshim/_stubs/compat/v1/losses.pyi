# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim.v1.losses import Reduction as Reduction
from tfshim.v1.losses import add_loss as add_loss
from tfshim.v1.losses import compute_weighted_loss as compute_weighted_loss
from tfshim.v1.losses import cosine_distance as cosine_distance
from tfshim.v1.losses import get_losses as get_losses
from tfshim.v1.losses import get_regularization_loss as get_regularization_loss
from tfshim.v1.losses import get_regularization_losses as get_regularization_losses
from tfshim.v1.losses import get_total_loss as get_total_loss
from tfshim.v1.losses import hinge_loss as hinge_loss
from tfshim.v1.losses import huber_loss as huber_loss
from tfshim.v1.losses import log_loss as log_loss
from tfshim.v1.losses import mean_pairwise_squared_error as mean_pairwise_squared_error
from tfshim.v1.losses import sigmoid_cross_entropy as sigmoid_cross_entropy
from tfshim.v1.losses import softmax_cross_entropy as softmax_cross_entropy
from tfshim.v1.losses import sparse_softmax_cross_entropy as sparse_softmax_cross_entropy

def absolute_difference(labels, predictions, weights=..., scope=..., loss_collection=..., reduction=...) -> _Any: ...
def mean_squared_error(labels, predictions, weights=..., scope=..., loss_collection=..., reduction=...) -> _Any: ...
