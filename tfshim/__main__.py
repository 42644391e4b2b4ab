"""`python -m tfshim SCRIPT [ARGS]`: runs a TensorFlow program, with `tensorflow` meaning tfshim."""

import sys

from tfshim.compat.runner import main

if __name__ == "__main__":
    main(sys.argv[1:])
