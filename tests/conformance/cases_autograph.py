"""Statements and expressions that AutoGraph converts: `if`, `while`, boolean operators, conditional expressions."""

from .runner import Program

# ruff: noqa: SIM108 - the statements are what is under test


def _if_else(tf):
    @tf.function
    def f(x):
        if x > 0:
            y = x * 2
        else:
            y = -x
        return y

    return [f(tf.constant(3)), f(tf.constant(-3)), f(tf.constant(-1.5)), f(4), f(-4)]


def _if_without_else(tf):
    @tf.function
    def f(x):
        y = x
        if tf.reduce_sum(x) > 1.0:
            y = y + 1.0
        return y

    return [f(tf.constant([1.0, 2.0])), f(tf.constant([0.0, 0.5]))]


def _elif(tf):
    @tf.function
    def f(x):
        if x > 10:
            return "large"
        elif x > 5:
            return "medium"
        elif x == 3:
            return "three"
        else:
            return "small"

    return [f(tf.constant(i)) for i in (11, 7, 3, 0)]


def _early_return(tf):
    @tf.function
    def f(x):
        if x < 0:
            return tf.constant(-1)
        x = x * 2
        if x > 10:
            return x - 10
        return x

    return [f(tf.constant(i)) for i in (-4, 3, 20)]


def _nested_if(tf):
    @tf.function
    def f(x, y):
        z = 0
        if x > 0:
            if y > 0:
                z = 1
            else:
                z = 2
            z += 10
        elif y > 0:
            z = 3
        return z

    pairs = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
    return [f(tf.constant(a), tf.constant(b)) for a, b in pairs]


def _if_several_variables(tf):
    @tf.function
    def f(x):
        a, b, c = x, [x, x + 1], {"k": x}
        if x > 0:
            a = a + 1
            b = [b[1], b[0]]
            c = {"k": c["k"] * 2}
        return a, b, c

    return [f(tf.constant(1)), f(tf.constant(-1))]


def _python_condition_stays_python(tf):
    traced = []

    @tf.function
    def f(x, flag):
        if flag:
            traced.append("yes")
            return x + 1
        traced.append("no")
        return None

    return [f(tf.constant(1), True), f(tf.constant(1), False), traced]


def _side_effects_of_branches(tf):
    @tf.function
    def f(x):
        print("start")
        if x > 0:
            print("main")
            y = x
        else:
            print("else")
            y = -x
        print("end")
        return y

    return [f(tf.constant(1)), f(tf.constant(-1))]


def _variables_in_branches(tf):
    v = tf.Variable(1.0)

    @tf.function
    def f(x):
        if x > 0:
            v.assign_add(x)
        else:
            v.assign(0.0)
        return v + 1.0

    return [f(tf.constant(3.0)), v.read_value(), f(tf.constant(-3.0)), v.read_value()]


def _while(tf):
    @tf.function
    def f(n):
        i = 0
        s = tf.constant(0)
        while i < n:
            s += i * i
            i += 1
        return i, s

    return [f(tf.constant(5)), f(tf.constant(0))]


def _while_several(tf):
    @tf.function
    def collatz(n):
        steps, largest = 0, n
        while n != 1:
            if n % 2 == 0:
                n = n // 2
            else:
                n = 3 * n + 1
            largest = tf.maximum(largest, n)
            steps += 1
        return steps, largest

    return [collatz(tf.constant(i)) for i in (1, 6, 27)]


def _while_python(tf):
    calls = []

    @tf.function
    def f(x):
        i = 0
        while i < 3:
            calls.append(i)
            x = x + i
            i += 1
        return x

    return [f(tf.constant(1)), calls]


def _while_break_continue(tf):
    @tf.function
    def f(n):
        i, s = 0, 0
        while True:
            i += 1
            if i > n:
                break
            if i % 3 == 0:
                continue
            s += i
        return i, s

    return raised_or(lambda: f(tf.constant(10)))


def _while_break_tensor(tf):
    @tf.function
    def f(n):
        i, s = tf.constant(0), tf.constant(0)
        while i < 100:
            i += 1
            if i % 3 == 0:
                continue
            if s > n:
                break
            s += i
        return i, s

    return [f(tf.constant(10)), f(tf.constant(100000))]


def _side_effects_of_while(tf):
    @tf.function
    def f(n):
        i = tf.constant(0)
        while test(i, n):
            print("body")
            i += 1
        return i

    def test(i, n):
        print("test")
        return i < n

    return f(tf.constant(3))


def _side_effects_of_python_while(tf):
    @tf.function
    def f(n):
        i = 0
        while test(i, n):
            print("body", i)
            i += 1
        return i

    def test(i, n):
        print("test", i)
        return i < n

    return f(3)


def _boolean_operators(tf):
    @tf.function
    def f(x, y):
        return (
            x > 0 and y > 0,
            x > 0 or y > 0,
            not x > 0,
            x > 0 and y > 0 and x > y,
            x > 0 or (y > 0 and x > y) or not y > x,
        )

    return [f(tf.constant(a), tf.constant(b)) for a in (-1, 2) for b in (-1, 1)]


def _boolean_operators_python(tf):
    calls = []

    def note(x):
        calls.append(x)
        return x

    @tf.function
    def f(x):
        a = note(0) and note(1)
        b = note(2) or note(3)
        c = not note("")
        d = note([]) or note(x)
        return a, b, c, d

    return [f(tf.constant(7)), [c for c in calls if isinstance(c, int)]]


def _lazy_and(tf):
    @tf.function
    def f(x):
        # The second operand is computed only where the first holds.
        return tf.size(x) > 0 and x[0] > 0

    signature = [tf.TensorSpec([None], tf.int32)]
    f = tf.function(f.python_function, input_signature=signature)
    return [f(tf.constant([], tf.int32)), f(tf.constant([1])), f(tf.constant([-1]))]


def _chained_comparison(tf):
    @tf.function
    def f(x):
        return 0 < x < 10, 0 < x <= x + 1 < 5

    return [f(tf.constant(i)) for i in (-1, 3, 7, 12)]


def _conditional_expression(tf):
    @tf.function
    def f(x):
        y = x * 2 if x > 0 else -x
        return y + (1 if y > 4 else 0)

    return [f(tf.constant(i)) for i in (-5, 1, 3)]


def _conditional_expression_python(tf):
    @tf.function
    def f(x, training):
        return tf.nn.relu(x) if training else x

    return [f(tf.constant(-1.0), True), f(tf.constant(-1.0), False)]


def _is_none(tf):
    @tf.function
    def f(x, mask=None):
        if mask is not None:
            x = x * mask
        if mask is None and x is not None:
            x = x + 1.0
        return x

    return [f(tf.constant(2.0)), f(tf.constant(2.0), tf.constant(0.5))]


def _in_container(tf):
    @tf.function
    def f(x, kind):
        options = {"a": 1, "b": 2}
        if kind in options:
            x = x + options[kind]
        if kind not in ("a", "c"):
            x = x * 10
        return x

    return [f(tf.constant(1), k) for k in "abc"]


def _attributes_in_branches(tf):
    class Holder:
        pass

    @tf.function
    def f(x):
        h = Holder()
        h.value = x
        h.parts = [x, x]
        d = {"a": x}
        if x > 0:
            h.value = h.value * 2
            d["a"] = d["a"] + 5
        else:
            d["a"] = d["a"] - 5
        h.parts[0] = d["a"]
        return h.value, h.parts, d

    return [f(tf.constant(2)), f(tf.constant(-2))]


def _attributes_in_while(tf):
    class Counter:
        def __init__(self):
            self.n = tf.constant(0)
            self.total = tf.constant(0)

        def run(self, k):
            while self.n < k:
                self.n += 1
                self.total += self.n
            return self.n, self.total

    @tf.function
    def f(k):
        return Counter().run(k)

    return [f(tf.constant(4)), f(tf.constant(0))]


def _elements_in_while(tf):
    @tf.function
    def f(k):
        state = {"n": tf.constant(0), "s": [tf.constant(1), tf.constant(1)]}
        while state["n"] < k:
            state["n"] += 1
            state["s"] = [state["s"][1], state["s"][0] + state["s"][1]]
        return state

    return [f(tf.constant(6)), f(tf.constant(0))]


def _global_and_nonlocal(tf):
    total = tf.Variable(0)

    @tf.function
    def f(n):
        count = 0

        def bump(x):
            nonlocal count
            count += 1
            return x + count

        y = bump(n)
        if n > 0:
            y = bump(y)
        total.assign_add(y)
        return y

    return [f(tf.constant(1)), f(tf.constant(-1)), total.read_value()]


def _undefined_after_branch(tf):
    @tf.function
    def f(x, flag):
        if flag:
            y = x
        return y

    return f(tf.constant(1), True), raised_or(lambda: f(tf.constant(1), False))


def _del(tf):
    @tf.function
    def f(x):
        y = x + 1
        del y
        y = x + 2
        return y

    return f(tf.constant(1))


def _with_and_try(tf):
    @tf.function
    def f(x):
        with tf.name_scope("scope"):
            if x > 0:
                y = x
            else:
                y = -x
        try:
            if y > 3:
                y = y * 2
        finally:
            y = y + 1
        return y

    return [f(tf.constant(-5)), f(tf.constant(2))]


def _gradient_through_control_flow(tf):
    @tf.function
    def f(x):
        y = x
        i = 0
        while i < 3:
            if y > 10.0:
                y = y / 2.0
            else:
                y = y * y
            i += 1
        return y

    results = []
    for value in (1.5, 3.0, 0.2):
        x = tf.constant(value)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        results.append((y, tape.gradient(y, x)))
    return results


def _tape_inside(tf):
    v = tf.Variable(2.0)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            loss = v * x
            if loss > 3.0:
                loss = loss * v
        grad = tape.gradient(loss, v)
        v.assign_sub(0.1 * grad)
        return loss, grad

    return [step(tf.constant(1.0)), step(tf.constant(2.0)), v.read_value()]


def _multiple_assignment_targets(tf):
    @tf.function
    def f(x):
        a = b = x
        (c, d), e = (a, b), x
        if x > 0:
            a, b = b + 1, a + 2
            c += 1
            d, e = e, d
        return a, b, c, d, e

    return [f(tf.constant(1)), f(tf.constant(-1))]


def _ragged_condition_shapes(tf):
    @tf.function(input_signature=[tf.TensorSpec([None, None])])
    def f(x):
        if tf.shape(x)[0] > 2:
            return x[:2]
        return x

    return [f(tf.ones([3, 2])), f(tf.ones([1, 2]))]


def raised_or(fn):
    """The result, or the name of the error's class."""
    try:
        return fn()
    except Exception as error:
        return type(error).__name__


CASES = [
    Program("if-else", _if_else),
    Program("if-without-else", _if_without_else),
    Program("elif", _elif),
    Program("early-return", _early_return),
    Program("nested-if", _nested_if),
    Program("if-several-variables", _if_several_variables),
    Program("python-condition", _python_condition_stays_python),
    Program("branch-side-effects", _side_effects_of_branches),
    Program("branch-variables", _variables_in_branches),
    Program("while", _while),
    Program("while-several", _while_several),
    Program("while-python", _while_python),
    Program("while-break-continue", _while_break_continue),
    Program("while-break-tensor", _while_break_tensor),
    Program("while-side-effects", _side_effects_of_while),
    Program("while-side-effects-python", _side_effects_of_python_while),
    Program("boolean-operators", _boolean_operators),
    Program("boolean-operators-python", _boolean_operators_python),
    Program("lazy-and", _lazy_and),
    Program("chained-comparison", _chained_comparison),
    Program("conditional-expression", _conditional_expression),
    Program("conditional-expression-python", _conditional_expression_python),
    Program("is-none", _is_none),
    Program("in-container", _in_container),
    Program("branch-attributes", _attributes_in_branches),
    Program("while-attributes", _attributes_in_while),
    Program("while-elements", _elements_in_while),
    Program("nonlocal", _global_and_nonlocal),
    Program("undefined-after-branch", _undefined_after_branch),
    Program("del", _del),
    Program("with-and-try", _with_and_try),
    Program("gradient", _gradient_through_control_flow, rtol=1e-4),
    Program("tape-inside", _tape_inside),
    Program("assignment-targets", _multiple_assignment_targets),
    Program("unknown-shapes", _ragged_condition_shapes),
]
