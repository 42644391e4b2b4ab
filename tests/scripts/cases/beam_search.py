import numpy as np
import tensorflow as tf

V, H, EOS = 7, 5, 0
rs = np.random.RandomState(1)
E = tf.constant(rs.randn(V, H), tf.float32)
Wh = tf.constant(rs.randn(H, H) * 0.7, tf.float32)
Wo = tf.constant(rs.randn(H, V), tf.float32)


def step(tok, h):
    h = tf.tanh(tf.nn.embedding_lookup(E, tok) + h @ Wh)
    return tf.nn.log_softmax(h @ Wo), h


@tf.function
def beam_search(start, h0, k=3, max_len=8):
    seqs = tf.fill([k, 1], start)
    scores = tf.concat([[0.0], tf.fill([k - 1], -1e9)], 0)
    h = tf.tile(h0[None], [k, 1])
    done = tf.zeros([k], tf.bool)
    i = tf.constant(0)
    while i < max_len and not tf.reduce_all(done):
        tf.autograph.experimental.set_loop_options(shape_invariants=[(seqs, tf.TensorShape([None, None]))])
        logp, h = step(seqs[:, -1], h)
        frozen = tf.where(tf.one_hot(EOS, V, on_value=True, off_value=False), 0.0, -1e9)
        logp = tf.where(done[:, None], frozen[None], logp)
        total = scores[:, None] + logp
        scores, idx = tf.math.top_k(tf.reshape(total, [-1]), k)
        beam, tok = idx // V, idx % V
        seqs = tf.concat([tf.gather(seqs, beam), tok[:, None]], 1)
        h = tf.gather(h, beam)
        done = tf.logical_or(tf.gather(done, beam), tf.equal(tok, EOS))
        i += 1
    return seqs, scores, i


for s in range(1, 4):
    seqs, scores, n = beam_search(tf.constant(s), tf.zeros(H))
    print(seqs.numpy().tolist(), np.round(scores.numpy(), 4), n.numpy())
print(beam_search.experimental_get_tracing_count())


def greedy(start, n):
    tok, h, out = tf.constant([start]), tf.zeros([1, H]), []
    for _ in range(n):
        lp, h = step(tok, h)
        tok = tf.argmax(lp, -1, output_type=tf.int32)
        out.append(int(tok))
        if tok == EOS:
            break
    return out


print(greedy(1, 8), greedy(2, 8))


# top-p sampling
@tf.function
def nucleus(logits, p, seed):
    order = tf.argsort(logits, direction="DESCENDING")
    sl = tf.gather(logits, order)
    cum = tf.cumsum(tf.nn.softmax(sl), exclusive=True)
    sl = tf.where(cum < p, sl, -np.inf)
    c = tf.random.stateless_categorical(sl[None], 1, seed)[0, 0]
    return order[c], tf.reduce_sum(tf.cast(cum < p, tf.int32))


for seed in range(4):
    a, b = nucleus(tf.constant([1.0, 3.0, 2.0, 0.0]), 0.8, [seed, 1])
    print(a.numpy(), b.numpy())
