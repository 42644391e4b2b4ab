"""Operators made of blocks, and Kronecker products."""

from __future__ import annotations

from typing import Any

from tfshim import nest
from tfshim.api import array, linalg, math
from tfshim.api.casting import cast
from tfshim.convert import convert_to_tensor
from tfshim.errors import InvalidArgumentError
from tfshim.export import export
from tfshim.linear_operators.base import LinearOperator
from tfshim.linear_operators.checks import assert_each
from tfshim.linear_operators.hints import agreed
from tfshim.linear_operators.many import OfIndependent, OfMany, check_operators, implied, product, total
from tfshim.linear_operators.tensors import broadcast_batches, broadcast_shape_tensors, broadcast_shapes


class _OfBlocks(LinearOperator):
    """Operators whose argument may come in parts: a list of tensors in, a list out."""

    def _row_operators(self) -> list[LinearOperator]:
        """The operators on the diagonal."""
        raise NotImplementedError

    def _shape(self):
        parts = self._row_operators()
        rows, columns = ([getattr(o, f"{which}_dimension").value for o in parts] for which in ("range", "domain"))
        sizes = [None if None in s else sum(s) for s in (rows, columns)]
        return broadcast_shapes([o.batch_shape for o in self._all_operators()]).concatenate(sizes)

    def _all_operators(self) -> list[LinearOperator]:
        return self._row_operators()

    def _shape_tensor(self):
        batch = broadcast_shape_tensors([o.batch_shape_tensor() for o in self._all_operators()])
        parts = self._row_operators()
        rows = total(o.range_dimension_tensor() for o in parts)
        columns = total(o.domain_dimension_tensor() for o in parts)
        return array.concat([batch, array.stack([rows, columns])], 0)

    def _parts(self, x: Any, adjoint: bool, adjoint_arg: bool, of_range: bool) -> list[Any]:
        """The rows of `x` (columns of its adjoint) that belong to each block."""
        which = "range" if of_range != adjoint else "domain"
        operators = self._row_operators()
        sizes = [getattr(o, f"{which}_dimension").value for o in operators]
        if None in sizes:
            sizes = array.stack([getattr(o, f"{which}_dimension_tensor")() for o in operators])
        return array.split(x, sizes, axis=-1 if adjoint_arg else -2)

    def _joined(self, parts: list[Any], axis: int = -2) -> Any:
        return array.concat(broadcast_batches(*parts), axis)

    def _blockwise(self, x: Any, axis: int, of_range: bool) -> bool:
        """Whether an argument is a list of as many parts as there are blocks.

        Nested lists may be the parts, or one tensor: the sizes along `axis` tell which.

        Raises:
          ValueError: if those fit neither, or could be either.
        """
        if not isinstance(x, (list, tuple)) or len(x) != len(self._row_operators()):
            return False
        if not any(nest.is_nested(part) for part in x):
            return True
        which = "range" if of_range else "domain"
        blocks = [getattr(o, f"{which}_dimension").value for o in self._row_operators()]
        sizes = [convert_to_tensor(part).shape[axis] for part in x]
        alike = len(set(sizes)) == 1
        if all(block is None for block in blocks):
            if alike and len(sizes) > 1:
                raise ValueError("The input structure is ambiguous: one tensor, or a list with a part for each block.")
            return not alike
        if all(block in (None, size) for block, size in zip(blocks, sizes, strict=True)):
            return True
        if alike and sizes[0] >= sum(block or 0 for block in blocks):
            return False
        raise ValueError("Input dimension does not match operator dimension.")

    def matmul(self, x, adjoint=False, adjoint_arg=False, name="matmul"):
        """The product, as of any LinearOperator; a list of tensors, one for each block, gives a list."""
        if self._blockwise(x, -1 if adjoint_arg else -2, of_range=adjoint):
            parts = [convert_to_tensor(part) for part in x]
            return self._multiplied(parts, adjoint, adjoint_arg)
        return super().matmul(x, adjoint, adjoint_arg, name)

    def matvec(self, x, adjoint=False, name="matvec"):
        """The product with vectors; a list of tensors, one for each block, gives a list."""
        if self._blockwise(x, -1, of_range=adjoint):
            columns = [array.expand_dims(part, -1) for part in x]
            return [array.squeeze(y, [-1]) for y in self.matmul(columns, adjoint)]
        return super().matvec(x, adjoint, name)

    def solve(self, rhs, adjoint=False, adjoint_arg=False, name="solve"):
        """The solution, as of any LinearOperator; a list of tensors, one for each block, gives a list."""
        if self._blockwise(rhs, -1 if adjoint_arg else -2, of_range=not adjoint):
            return self._solved([convert_to_tensor(part) for part in rhs], adjoint, adjoint_arg)
        return super().solve(rhs, adjoint, adjoint_arg, name)

    def solvevec(self, rhs, adjoint=False, name="solve"):
        """The solution for vectors; a list of tensors, one for each block, gives a list."""
        if self._blockwise(rhs, -1, of_range=not adjoint):
            columns = [array.expand_dims(part, -1) for part in rhs]
            return [array.squeeze(y, [-1]) for y in self.solve(columns, adjoint)]
        return super().solvevec(rhs, adjoint, name)

    def _matmul(self, x, adjoint=False, adjoint_arg=False):
        parts = self._parts(x, adjoint, adjoint_arg, of_range=False)
        return self._joined(self._multiplied(parts, adjoint, adjoint_arg))

    def _solve(self, rhs, adjoint=False, adjoint_arg=False):
        parts = self._parts(rhs, adjoint, adjoint_arg, of_range=True)
        return self._joined(self._solved(parts, adjoint, adjoint_arg))

    def _multiplied(self, parts: list[Any], adjoint: bool, adjoint_arg: bool) -> list[Any]:
        raise NotImplementedError

    def _solved(self, parts: list[Any], adjoint: bool, adjoint_arg: bool) -> list[Any]:
        raise NotImplementedError

    def _diag_part(self):
        diagonals = [array.expand_dims(o.diag_part(), -2) for o in self._row_operators()]
        return array.squeeze(self._joined(diagonals, -1), [-2])

    def _trace(self):
        return total(o.trace() for o in self._row_operators())

    def _determinant(self):
        return product(o.determinant() for o in self._row_operators())

    def _log_abs_determinant(self):
        return total(o.log_abs_determinant() for o in self._row_operators())

    def _eigvals(self):
        values = [array.expand_dims(o.eigvals(), -2) for o in self._row_operators()]
        return array.squeeze(self._joined(values, -1), [-2])

    def _assert_non_singular(self):
        return assert_each(self._row_operators(), "non_singular")


@export("linalg.LinearOperatorBlockDiag")
class LinearOperatorBlockDiag(_OfBlocks, OfIndependent):
    """The block diagonal matrices whose blocks are `operators`."""

    _link = "_ds_"

    def __init__(
        self,
        operators,
        is_non_singular=None,
        is_self_adjoint=None,
        is_positive_definite=None,
        is_square=True,
        name=None,
    ):
        parameters = {k: v for k, v in locals().items() if k not in ("self", "__class__")}
        operators = check_operators(operators)
        is_non_singular = implied(is_non_singular, (o.is_non_singular for o in operators), "non-singular")
        is_self_adjoint = implied(is_self_adjoint, (o.is_self_adjoint for o in operators), "self-adjoint")
        is_positive_definite = implied(
            is_positive_definite, (o.is_positive_definite for o in operators), "positive definite"
        )
        hints = (is_non_singular, is_self_adjoint, is_positive_definite, is_square)
        OfMany.__init__(self, operators, hints, name, parameters)

    def _row_operators(self):
        return self.operators

    def _multiplied(self, parts, adjoint, adjoint_arg):
        return [o.matmul(x, adjoint, adjoint_arg) for o, x in zip(self.operators, parts, strict=True)]

    def _of_square_blocks(self, method: str) -> Any:
        # A diagonal of blocks that may not be square is not that of the whole.
        if not all(o.is_square for o in self.operators):
            raise NotImplementedError(f"`{method}` is not implemented for blocks that are not known to be square.")
        return getattr(super(), f"_{method}")()

    def _diag_part(self):
        return self._of_square_blocks("diag_part")

    def _trace(self):
        return self._of_square_blocks("trace")

    def _eigvals(self):
        return self._of_square_blocks("eigvals")

    def _assert_self_adjoint(self):
        return assert_each(self.operators, "self_adjoint")

    def _assert_positive_definite(self):
        return assert_each(self.operators, "positive_definite")

    def _solved(self, parts, adjoint, adjoint_arg):
        return [o.solve(x, adjoint, adjoint_arg) for o, x in zip(self.operators, parts, strict=True)]


@export("linalg.LinearOperatorBlockLowerTriangular")
class LinearOperatorBlockLowerTriangular(_OfBlocks):
    """Block lower triangular matrices: `operators` has a list for each row of blocks, which ends on the diagonal."""

    def __init__(
        self,
        operators,
        is_non_singular=None,
        is_self_adjoint=None,
        is_positive_definite=None,
        is_square=None,
        name="LinearOperatorBlockLowerTriangular",
    ):
        parameters = {k: v for k, v in locals().items() if k not in ("self", "__class__")}
        operators = [list(row) for row in operators]
        for i, row in enumerate(operators):
            if len(row) != i + 1:
                raise ValueError(f"Argument `operators[{i}]` must contain `{i + 1}` blocks, not {len(row)}.")
        check_operators([o for row in operators for o in row])
        diagonal = [row[-1] for row in operators]
        if any(o.is_square is False for o in diagonal):
            raise ValueError("The operators on the diagonal must be square.")
        for i, row in enumerate(operators):
            for j, block in enumerate(row[:-1]):
                _check_same(block.domain_dimension, diagonal[j].domain_dimension, f"columns of block [{i}][{j}]")
                _check_same(block.range_dimension, diagonal[i].range_dimension, f"rows of block [{i}][{j}]")
        agreed(is_square, True, "The operator is square, as the blocks on its diagonal are.")
        is_non_singular = implied(is_non_singular, (o.is_non_singular for o in diagonal), "non-singular")
        if any(o.is_non_singular is False for o in diagonal):
            is_non_singular = agreed(is_non_singular, False, "Singular blocks on the diagonal are always singular.")
        super().__init__(
            diagonal[0].dtype, None, is_non_singular, is_self_adjoint, is_positive_definite, True, name, parameters
        )
        self._arguments = {"operators": operators}

    @property
    def operators(self) -> list[list[LinearOperator]]:
        """The rows of blocks."""
        return [list(row) for row in self._arguments["operators"]]

    def _row_operators(self):
        return [row[-1] for row in self.operators]

    def _all_operators(self):
        return [o for row in self.operators for o in row]

    def _multiplied(self, parts, adjoint, adjoint_arg):
        rows = self.operators
        count = len(rows)
        if adjoint:
            return [
                total(rows[i][j].matmul(parts[i], True, adjoint_arg) for i in range(j, count)) for j in range(count)
            ]
        return [total(rows[i][j].matmul(parts[j], False, adjoint_arg) for j in range(i + 1)) for i in range(count)]

    def _solved(self, parts, adjoint, adjoint_arg):
        rows = self.operators
        parts = [linalg.adjoint(p) if adjoint_arg else p for p in parts]
        count = len(rows)
        solved: dict[int, Any] = {}
        for i in reversed(range(count)) if adjoint else range(count):
            known = [(rows[k][i] if adjoint else rows[i][k]).matmul(x, adjoint) for k, x in solved.items()]
            rest = parts[i] - total(known) if known else parts[i]
            solved[i] = rows[i][i].solve(rest, adjoint)
        return [solved[i] for i in range(count)]

    def _inverse(self):
        from tfshim.linear_operators.dense import LinearOperatorFullMatrix

        rows = self.operators
        inverse: list[list[LinearOperator]] = []
        for i, row in enumerate(rows):
            last = row[i].inverse()
            blocks = []
            for j in range(i):
                products = [row[k].matmul(inverse[k][j].to_dense()) for k in range(j, i)]
                blocks.append(LinearOperatorFullMatrix(-last.matmul(total(products))))
            inverse.append([*blocks, last])
        return LinearOperatorBlockLowerTriangular(
            inverse,
            is_non_singular=self.is_non_singular,
            is_self_adjoint=self.is_self_adjoint,
            is_positive_definite=self.is_positive_definite,
            is_square=True,
        )


@export("linalg.LinearOperatorKronecker")
class LinearOperatorKronecker(OfIndependent):
    """The Kronecker product of `operators`: each acts along a dimension of its own."""

    _link = "_x_"

    def __init__(
        self,
        operators,
        is_non_singular=None,
        is_self_adjoint=None,
        is_positive_definite=None,
        is_square=None,
        name=None,
    ):
        parameters = {k: v for k, v in locals().items() if k not in ("self", "__class__")}
        operators = check_operators(operators)
        is_square = implied(is_square, (o.is_square for o in operators), "square")
        is_non_singular = implied(is_non_singular, (o.is_non_singular for o in operators), "non-singular")
        is_self_adjoint = implied(is_self_adjoint, (o.is_self_adjoint for o in operators), "self-adjoint")
        hints = (is_non_singular, is_self_adjoint, is_positive_definite, is_square)
        OfMany.__init__(self, operators, hints, name, parameters)

    def _shape(self):
        sizes = []
        for which in ("range", "domain"):
            values = [getattr(o, f"{which}_dimension").value for o in self.operators]
            sizes.append(None if None in values else product(values))
        return self._static_shape(sizes)

    def _shape_tensor(self):
        rows = product(o.range_dimension_tensor() for o in self.operators)
        columns = product(o.domain_dimension_tensor() for o in self.operators)
        return self._dynamic_shape([rows, columns])

    def _along_each(self, x: Any, which: str, act: Any) -> Any:
        """`act(operator, x)` along each operator's own dimension: the others, and the columns, come behind."""
        columns = array.shape(x)[-1:]
        batch = array.broadcast_dynamic_shape(self.batch_shape_tensor(), array.shape(x)[:-2])
        x = array.broadcast_to(x, array.concat([batch, array.shape(x)[-2:]], 0))
        for operator in self.operators:
            size = getattr(operator, f"{which}_dimension_tensor")()
            x = array.reshape(x, array.concat([batch, array.stack([size, -1])], 0))
            # The dimension that is done goes to the end.
            x = linalg.matrix_transpose(act(operator, x))
        return linalg.matrix_transpose(array.reshape(x, array.concat([batch, columns, [-1]], 0)))

    def _matmul(self, x, adjoint=False, adjoint_arg=False):
        x = linalg.adjoint(x) if adjoint_arg else x
        return self._along_each(x, "range" if adjoint else "domain", lambda o, y: o.matmul(y, adjoint=adjoint))

    def _solve(self, rhs, adjoint=False, adjoint_arg=False):
        rhs = linalg.adjoint(rhs) if adjoint_arg else rhs
        return self._along_each(rhs, "domain" if adjoint else "range", lambda o, y: o.solve(y, adjoint=adjoint))

    def _diag_part(self):
        return _outer([o.diag_part() for o in self.operators])

    def _eigvals(self):
        return _outer([o.eigvals() for o in self.operators])

    def _trace(self):
        return product(o.trace() for o in self.operators)

    def _repetitions(self, operator: LinearOperator) -> Any:
        return cast(self.domain_dimension_tensor() // operator.domain_dimension_tensor(), self.dtype)

    def _determinant(self):
        return product(math.pow(o.determinant(), self._repetitions(o)) for o in self.operators)

    def _log_abs_determinant(self):
        return total(o.log_abs_determinant() * self._repetitions(o) for o in self.operators)

    def _assert_each_square(self, check: str) -> Any:
        if not all(o.is_square for o in self.operators):
            message = f"assert_{check} needs factors that are known to be square, as by their hints `is_square`."
            raise InvalidArgumentError(None, None, message)  # type: ignore[call-arg]
        return assert_each(self.operators, check)

    def _assert_non_singular(self):
        return self._assert_each_square("non_singular")

    def _assert_self_adjoint(self):
        return self._assert_each_square("self_adjoint")


def _check_same(size: Any, other: Any, what: str) -> None:
    if size.value is not None and other.value is not None and size.value != other.value:
        raise ValueError(f"The {what} ({size}) must be the same as of the blocks on the diagonal ({other}).")


def _outer(vectors: list[Any]) -> Any:
    """The products of the elements of vectors, the last one changing fastest."""
    result, *others = vectors
    for other in others:
        products = array.expand_dims(result, -1) * array.expand_dims(other, -2)
        result = array.reshape(products, array.concat([array.shape(products)[:-2], [-1]], 0))
    return result
