"""`while` and `for` statements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfshim.autograph.operators import agreement, builtins
from tfshim.autograph.operators.kinds import is_a, is_dense, is_range, is_tensor
from tfshim.autograph.operators.staging import While
from tfshim.autograph.operators.unrolling import Unrolled
from tfshim.control_flow import cond
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.errors import OperatorNotAllowedInGraphError
from tfshim.graph import FuncGraph
from tfshim.namespaces import resolve

Test = Callable[[], Any]
GetState = Callable[[], tuple[Any, ...]]
SetState = Callable[[Any], None]


def while_stmt(
    test: Test,
    body: Callable[[], None],
    get_state: GetState,
    set_state: SetState,
    symbol_names: Sequence[str],
    opts: dict[str, Any],
) -> None:
    """Runs `body` as long as `test` holds.

    Args:
      test: a tensor makes it a loop of the graph.
      body: changes variables.
      get_state: values of the variables that an iteration changes and that are used later.
      set_state: sets them.
      symbol_names: their names.
      opts: what `set_loop_options` was given.
    """
    # What kind of loop it is, its first test says; ops that tell nothing but that are not to stay.
    with FuncGraph("tmp").as_default():
        first = test()
    if is_dense(first):
        While(test, body, get_state, set_state, symbol_names, opts).run()
        return
    if not first:
        return
    unrolled = Unrolled()
    body()
    unrolled.count()
    while _decided(
        test(),
        "The condition of while loop started as non-Tensor, then changed to Tensor. This may happen "
        "either because variables changed type, or when a break or return statement inside the loop "
        "depends on a Tensor condition. In both cases, changing to a TF loop should remove the error.",
    ):
        body()
        unrolled.count()


def _decided(test: Any, otherwise: str) -> bool:
    """The test of a Python loop as a Python boolean."""
    try:
        return bool(test)
    except OperatorNotAllowedInGraphError:
        raise NotImplementedError(otherwise) from None


def for_stmt(
    iter_: Any,
    extra_test: Test | None,
    body: Callable[[Any], None],
    get_state: GetState,
    set_state: SetState,
    symbol_names: Sequence[str],
    opts: dict[str, Any],
) -> None:
    """Runs `body` on each element of `iter_`.

    Args:
      iter_: a tensor, dataset or iterator of one makes it a loop of the graph.
      extra_test: the loop goes on only while it holds; None where nothing breaks off the loop.
      body: takes an element, changes variables.
      get_state: values of the variables that an iteration changes and that are used later.
      set_state: sets them.
      symbol_names: their names.
      opts: what `set_loop_options` was given; `iterate_names`: the text of the loop's target.
    """
    loop = _For(extra_test, body, get_state, set_state, tuple(symbol_names), dict(opts))
    if is_range(iter_):
        loop.over_range(*iter_.op.inputs)
    elif is_a(iter_, "RaggedTensor"):
        loop.over_ragged(iter_)
    elif is_tensor(iter_):
        loop.over_tensor(iter_)
    elif is_a(iter_, "data.Iterator", "distribute.DistributedIterator"):
        loop.over_iterator(iter_)
    elif is_a(iter_, "data.Dataset"):
        loop.over_dataset(iter_)
    elif is_a(iter_, "distribute.DistributedDataset"):
        loop.over_distributed(iter_)
    else:
        loop.over_python(iter_)


class _For:
    def __init__(
        self,
        extra_test: Test | None,
        body: Callable[[Any], None],
        get_state: GetState,
        set_state: SetState,
        names: tuple[str, ...],
        opts: dict[str, Any],
    ):
        self.extra_test = extra_test
        self.body = body
        self.get_state = get_state
        self.set_state = set_state
        self.names = names
        self.target = opts.pop("iterate_names", None)
        self.opts = opts
        self.own: Any = None  # a variable of the loop itself, before the user's

    # Loops over what Python can iterate

    def over_python(self, iterable: Any) -> None:
        unrolled = Unrolled()
        if self.extra_test is None:
            for element in iterable:
                self.body(element)
                unrolled.count()
        elif self._goes_on():
            for element in iterable:
                self.body(element)
                unrolled.count()
                if not self._goes_on():
                    break

    def _goes_on(self) -> bool:
        assert self.extra_test is not None
        return _decided(
            self.extra_test(),
            "break and return statements which depend on a TF condition are not supported in Python for loops. Did you "
            "intend to make it a TF loop?",
        )

    # Loops over elements that a counter finds

    def over_tensor(self, tensor: Any) -> None:
        n = builtins.len_(tensor)
        array = resolve("TensorArray")(tensor.dtype, size=n).unstack(tensor)  # type: ignore[operator]
        self._count(n, array.read)

    def over_ragged(self, ragged: Any) -> None:
        agreement.check_start(self.get_state(), self.names, [None] * len(self.names))
        n = ragged.shape[0] if ragged.shape.rank and ragged.shape[0] is not None else ragged.nrows()
        self._count(n, lambda i: ragged[i])

    def _count(self, n: Any, element: Callable[[Any], Any]) -> None:
        self.own = 0

        def body() -> None:
            self.body(element(self.own))
            self.own += 1

        self._stage("<internal iterate>", lambda: self.own < n, body)

    def over_range(self, start: Any, limit: Any, delta: Any) -> None:
        """No range is made: the element is the loop's own variable."""
        self.own = start
        step = constant_value(delta)

        def more() -> Any:
            if step is not None:
                return self.own < limit if step >= 0 else self.own > limit
            return ((delta >= 0) & (self.own < limit)) | ((delta < 0) & (self.own > limit))

        def body() -> None:
            self.body(self.own)
            self.own += delta

        # The target may be used after the loop: then it is a variable, which starts as the loop's own.
        self._stage("<internal iterate>", more, body, defaults={self.target: start})

    # Loops over what ends by itself

    def over_iterator(self, iterator: Any) -> None:
        self.own = True
        label = "<internal has_next>"
        start = self._get()
        agreement.check_start(start, (label, *self.names), [None] * len(start))

        def body() -> None:
            optional = iterator.get_next_as_optional()
            self.own = optional.has_value()
            before = self._get()

            def iterate() -> Any:
                self.body(optional.get_value())
                after = self._get()
                agreement.check_iteration((label, *self.names), start, before, after)
                return dict(enumerate(after))

            self._set(tuple(cond(self.own, iterate, lambda: dict(enumerate(before))).values()))

        self._stage(label, lambda: self.own, body)

    def over_dataset(self, dataset: Any) -> None:
        """Variables are the state of a reduction: elements are made one by one, and none after the end of the loop."""
        start = self.get_state()
        agreement.check_start(start, self.names, [None] * len(start))
        # A reduction needs a state.
        state: tuple[Any, ...] = (convert_to_tensor(0), *start)

        def iterate(current: Any, element: Any) -> Any:
            self.set_state(current[1:])
            self.body(element)
            after = self.get_state()
            agreement.check_iteration(self.names, start, current[1:], after, check_shapes=False)
            return (current[0], *after)

        if self.extra_test is None:
            result = dataset.reduce(state, iterate)
        else:

            def scan(current: Any, *element: Any) -> Any:
                self.set_state(current[1:])
                going = self.extra_test()  # type: ignore[misc]
                after = cond(
                    going,
                    lambda: dict(enumerate(iterate(current, _single(element)))),
                    lambda: dict(enumerate(current)),
                )
                new = tuple(after.values())
                return new, (new, going)

            steps = dataset.scan(state, scan).take_while(lambda _, going: going)
            result = steps.reduce(state, lambda _, step: step[0])
        self.set_state(result[1:])

    def over_distributed(self, iterable: Any) -> None:
        if self.extra_test is not None:
            raise NotImplementedError(
                "break and return statements are not yet supported in for ... in distributed input loops."
            )
        start = self.get_state()
        agreement.check_start(start, self.names, [None] * len(start))

        def iterate(current: Any, element: Any) -> Any:
            self.set_state(current)
            self.body(element)
            after = self.get_state()
            agreement.check_iteration(self.names, start, current, after)
            return after

        self.set_state(iterable.reduce(start, iterate))

    # What they have in common

    def _get(self) -> tuple[Any, ...]:
        return (self.own, *self.get_state())

    def _set(self, values: Any) -> None:
        self.own, *rest = values
        self.set_state(rest)

    def _stage(
        self, label: str, more: Test, body: Callable[[], None], defaults: dict[str | None, Any] | None = None
    ) -> None:
        def test() -> Any:
            return more() if self.extra_test is None else cond(more(), self.extra_test, lambda: False)

        names = (label, *self.names)
        While(test, body, self._get, self._set, names, self.opts, defaults or {}).run()


def _single(element: tuple[Any, ...]) -> Any:
    """The element as the loop's target gets it: functions of datasets take a tuple apart."""
    return element[0] if len(element) == 1 else element
