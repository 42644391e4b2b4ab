"""What surrounds the tensors in a script: arguments, imports, processes, logging."""

# arguments: --steps 3 name

import argparse
import logging
import multiprocessing
import os
import sys
import warnings

import tensorflow as tf
import tensorflow.compat.v1 as tf1
import tensorflow.compat.v2 as tf2
from absl import logging as absl_logging
from tensorflow import math as tf_math
from tensorflow import nn
from tensorflow.math import reduce_sum


def square(n):
    return int(tf.constant(n) ** 2)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("name", nargs="?")
    print(parser.parse_args(), os.path.basename(sys.argv[0]), __name__, os.path.basename(__file__))
    print(reduce_sum([1, 2]).numpy(), tf_math.add(1, 2).numpy(), nn.relu(-1.0).numpy(), tf2.add(1, 1).numpy())
    print(tf1.Session.__name__, tf.__name__)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(square, range(4)))
    logger = tf.get_logger()
    print(logger.name, logger.level == logging.NOTSET, len(logger.handlers))
    logger.setLevel("ERROR")
    logger.warning("not shown")
    logger.error("on standard error")
    absl_logging.warning("on standard error, too")
    warnings.warn("and this", stacklevel=1)
    tf.print("on standard error unless told otherwise")
    tf.print("out", {"a": tf.constant(1)}, [tf.constant([1.5])], output_stream=sys.stdout, sep="|")
    tf.print("in a file", output_stream="file://" + os.path.abspath("printed.txt"))
    with open("printed.txt") as printed:
        print(printed.read().strip())
    for name in ("tensorflow.python.foo", "tensorflow.contrib", "tensorflow.examples.tutorials.mnist"):
        try:
            __import__(name)
        except ImportError as error:
            print(type(error).__name__, error.name)
    sys.exit(3)


if __name__ == "__main__":
    main()
