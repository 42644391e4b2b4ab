"""`tf.test.TestCase`: a unit test of TensorFlow code."""

from __future__ import annotations

import contextlib
import os
import random
import sys
import tempfile
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
from absl.testing import absltest

from tfshim import nest, seeds
from tfshim.context import context, executing_eagerly
from tfshim.export import export
from tfshim.graph import Graph
from tfshim.indexed_slices import IndexedSlices
from tfshim.namespaces import resolve
from tfshim.scopes import get_default_graph
from tfshim.testing.comparisons import Comparisons
from tfshim.type_spec import CompositeTensor

_SEED = 87654321


@export("test.TestCase")
class TestCase(Comparisons):
    """A test case whose assertions take tensors, NumPy arrays and lists alike.

    Before each test the default graph is cleared and the seeds of TensorFlow, NumPy and Python are set.
    """

    def __init__(self, methodName="runTest"):
        super().__init__(methodName)
        self._cached: Any = None
        self._temporary_folder: str | None = None
        self._threads: list[_CheckedThread] = []

    def setUp(self):
        """Clears the default graph and seeds all generators."""
        super().setUp()
        self._close_cached_session()
        random.seed(_SEED)
        np.random.seed(_SEED)
        if context.graph is None or not context.graph.building_function:
            resolve("compat.v1.reset_default_graph")()
        seeds.set_seed(_SEED)
        if self.id().endswith(".test_session"):
            # A method that only looks like a test.
            self.skipTest("Not a test.")

    def tearDown(self):
        """Fails if a thread of `checkedThread` is still to be joined."""
        for thread in self._threads:
            thread.check_termination()
        self._close_cached_session()
        super().tearDown()

    # Values

    def evaluate(self, tensors):
        """The values of tensors, eagerly or in the current session.

        Args:
          tensors: a tensor, variable, or structure of them; in eager mode also functions without arguments.

        Returns:
          The same structure of NumPy arrays; sparse and ragged tensors and IndexedSlices become their `…Value`.

        Raises:
          ValueError: for a value that is no tensor.
        """
        if executing_eagerly():
            return nest.map_structure(_value, tensors)
        session = resolve("compat.v1.get_default_session")()
        if session is not None:
            return session.run(tensors)
        with self.cached_session() as session:
            return session.run(tensors)

    # Sessions

    @contextlib.contextmanager
    def session(self, graph=None, config=None, use_gpu=True, force_gpu=False) -> Iterator[Any]:
        """A context with a new `tf.compat.v1.Session`; in eager mode with an object whose `run` gives values."""
        if executing_eagerly():
            yield _EagerSession(self)
            return
        with self._new_session(graph, config) as session, self._placed(use_gpu, force_gpu):
            yield session

    @contextlib.contextmanager
    def cached_session(self, graph=None, config=None, use_gpu=True, force_gpu=False) -> Iterator[Any]:
        """As `session`, with the same session for the whole test; it stays open after the context."""
        if executing_eagerly():
            yield _EagerSession(self)
            return
        if self._cached is None:
            self._cached = self._new_session(graph, config)
            self._cached_arguments = (graph, config, force_gpu)
        elif self._cached_arguments != (graph, config, force_gpu):
            raise ValueError("the session of this test was made with other arguments: graph, config or force_gpu")
        session = self._cached
        with session.graph.as_default(), session.as_default(), self._placed(use_gpu, force_gpu):
            yield session

    @contextlib.contextmanager
    def test_session(self, graph=None, config=None, use_gpu=True, force_gpu=False) -> Iterator[Any]:
        """The older name of `cached_session` (without a graph) and `session` (with one)."""
        opened = self.cached_session if graph is None else self.session
        with opened(graph, config, use_gpu, force_gpu) as session:
            yield session

    def _new_session(self, graph: Graph | None, config: Any) -> Any:
        graph = get_default_graph() if graph is None else graph
        return resolve("compat.v1.Session")(graph=graph, config=config)

    def _placed(self, use_gpu: bool, force_gpu: bool) -> Any:
        if force_gpu:
            return resolve("device")("/device:GPU:0")
        return contextlib.nullcontext() if use_gpu else resolve("device")("/device:CPU:0")

    def _close_cached_session(self) -> None:
        if self._cached is not None:
            self._cached.close()
            self._cached = None

    # Surroundings

    def get_temp_dir(self):
        """A folder for this test, the same one each time."""
        if self._temporary_folder is None:
            parent = absltest.TEST_TMPDIR.value if absltest.FLAGS.is_parsed() else absltest.get_default_test_tmpdir()
            os.makedirs(parent, exist_ok=True)
            self._temporary_folder = tempfile.mkdtemp(dir=parent)
        return self._temporary_folder

    @contextlib.contextmanager
    def captureWritesToStream(self, stream) -> Iterator[_CapturedWrites]:
        """Catches what is written to a stream with a file descriptor, from C++ too; `contents()` gives it."""
        stream.flush()
        descriptor = stream.fileno()
        path = os.path.join(self.get_temp_dir(), f"captured-{descriptor}")
        original = os.dup(descriptor)
        with open(path, "wb") as file:
            os.dup2(file.fileno(), descriptor)
            try:
                yield _CapturedWrites(path)
            finally:
                stream.flush()
                os.dup2(original, descriptor)
                os.close(original)

    def checkedThread(self, target, args=None, kwargs=None):
        """A thread whose exceptions fail the test when it is joined, which the test must do."""
        thread = _CheckedThread(self, target, args, kwargs)
        self._threads.append(thread)
        return thread


class _EagerSession:
    """What stands for a session in eager mode, for tests that are written for both."""

    def __init__(self, case: TestCase):
        self._case = case

    def run(self, fetches, *args, **kwargs):
        """The values of `fetches`."""
        if args or kwargs.get("feed_dict"):
            raise NotImplementedError("feed_dict is not available while executing eagerly: pass the values themselves")
        return self._case.evaluate(fetches)


def _value(tensor: Any) -> Any:
    if tensor is None:
        return None
    if isinstance(tensor, IndexedSlices):
        return _parts(tensor, "compat.v1.IndexedSlicesValue", ("values", "indices", "dense_shape"))
    name = type(tensor).__name__
    if name == "SparseTensor":
        return _parts(tensor, "compat.v1.SparseTensorValue", ("indices", "values", "dense_shape"))
    if name == "RaggedTensor":
        return _parts(tensor, "compat.v1.ragged.RaggedTensorValue", ("values", "row_splits"))
    if hasattr(tensor, "numpy"):
        return tensor.numpy()
    if isinstance(tensor, CompositeTensor):
        return nest.map_structure(_value, tensor, expand_composites=True)
    if callable(tensor):
        return nest.map_structure(_value, tensor())
    raise ValueError(f"Unsupported type {type(tensor).__name__!r}.")


def _parts(tensor: Any, path: str, names: tuple[str, ...]) -> Any:
    value_class: Any = resolve(path)
    return value_class(*[_value(getattr(tensor, name)) for name in names])


class _CapturedWrites:
    """What was written to a stream within `captureWritesToStream`."""

    def __init__(self, path: str):
        self._path = path

    def contents(self):
        """All of it so far, as text."""
        sys.stdout.flush()
        sys.stderr.flush()
        with open(self._path, encoding="utf-8", errors="replace") as file:
            return file.read()


class _CheckedThread:
    def __init__(self, case: TestCase, target, args, kwargs):
        self._case = case
        self._target = target
        self._args = args or ()
        self._kwargs = kwargs or {}
        self._exception: BaseException | None = None
        self._thread = threading.Thread(target=self._run)
        self._joined = True

    def _run(self) -> None:
        try:
            self._target(*self._args, **self._kwargs)
        except BaseException as error:
            self._exception = error

    def start(self):
        """Starts the thread."""
        self._joined = False
        self._thread.start()

    def join(self):
        """Waits for the thread; fails the test if it raised."""
        self._joined = True
        self._thread.join()
        if self._exception is not None:
            self._case.fail(f"Error in checkedThread: {self._exception}")

    def is_alive(self):
        """Whether the thread runs."""
        return self._thread.is_alive()

    def check_termination(self):
        """Fails the test unless the thread was joined, or never started."""
        if not self._joined:
            self._case.fail(
                "A checked thread was not terminated" if self.is_alive() else "A checked thread was not joined"
            )
