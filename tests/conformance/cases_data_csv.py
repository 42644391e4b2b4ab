"""`tf.data.experimental.CsvDataset` and `make_csv_dataset`."""

import os
import tempfile

from .cases_data_sources import shown
from .runner import Program, raised


def _file(text):
    path = os.path.join(tempfile.mkdtemp(), "table.csv")
    with open(path, "w") as file:
        file.write(text)
    return path


_TEXT = 'a,b,c\n1,2.5,x\n3,,"y,z"\n-4,1e3,\n'


def _rows(tf):
    path = _file(_TEXT)
    rows = tf.data.experimental.CsvDataset
    return [
        shown(rows(path, [[0], [0.0], ["d"]], header=True)),
        shown(rows(path, [[0], ["q"]], header=True, select_cols=[0, 2])),
        shown(rows(path, [[0.0]], header=True, exclude_cols=[0, 2])),
        shown(rows(path, [[""]] * 3)),
        shown(rows(path, [[""]] * 3, na_value="1")),
        shown(rows([path, path], [[""]] * 3, header=True)),
        shown(rows(_file("1;2\n3;4\n"), [tf.int64, tf.float64], field_delim=";")),
        raised(lambda: list(rows(path, [tf.int32, [0.0], tf.string], header=True))),
        raised(lambda: list(rows(path, [[0], [0.0]], header=True))),
        raised(lambda: list(rows(path, [[0], [0], [""]], header=True))),
        raised(lambda: list(rows(path, [[""]] * 3, use_quote_delim=False))),
        raised(lambda: rows(path, [[True]])),
        raised(lambda: rows(path, [[0]], select_cols=[0], exclude_cols=[1])),
    ]


def _tables(tf):
    path = _file(_TEXT)
    make = tf.data.experimental.make_csv_dataset
    return [
        repr(make(path, 2)),
        shown(make(path, 2, num_epochs=1, shuffle=False)),
        shown(make(path, 2, num_epochs=1, shuffle=False, label_name="a")),
        shown(make(path, 2, num_epochs=1, shuffle_seed=1)),
        shown(make(path, 2, num_epochs=2, shuffle_seed=1, column_defaults=[0.0, 0.0, ""])),
        shown(make(path, 2, num_epochs=1, shuffle=False, select_columns=["c", "a"])),
        shown(make(path, 2, num_epochs=1, shuffle=False, column_names=["x", "y", "z"], header=False)),
        shown(make([path, path], 4, num_epochs=1, shuffle_seed=3)),
        raised(lambda: make(path, 2, num_epochs=1, label_name="q")),
        raised(lambda: make(path, 2, header=False)),
        raised(lambda: make(path + ".none", 2)),
    ]


CASES = [Program("csv-rows", _rows), Program("csv-tables", _tables)]
