  # ---- inference over the fused copy, see decoder.py
  def pairs(self: __torch__.M, x: Tensor, heads: int) -> Tensor:
    hd = self.head_dim()
    if x.dim() == 2:
      return x.reshape([heads, 2, hd // 2, -1]).transpose(1, 2).reshape([heads * hd, -1])
    return x.reshape([heads, 2, hd // 2]).transpose(1, 2).reshape([heads * hd])
  def gained(self: __torch__.M, x: Tensor, g: Tensor, fold: bool) -> Tensor:
    if fold:
      x = x * g
    return x
  def kept(self: __torch__.M, x: Tensor, keep: bool, dt: int) -> Tensor:
    if keep:
      return torch._to_copy(x, dtype=dt)
    return torch.empty([0], dtype=dt, device=x.device)
  # Zeros that widen the middle of the feed-forward part to whole blocks of oneDNN.
  def widened(self: __torch__.M, x: Tensor, dim: int) -> Tensor:
    n = self.widening()
    if n > 0:
      s = annotate(List[int], x.size())
      s[dim] = n
      x = torch.cat([x, torch.zeros(s, dtype=x.dtype, device=x.device)], dim)
    return x
  # In float32 the gains of the norms go into the maps that follow them (that of the last norm only
  # where the head is not the embedding), and 1 / sqrt(head dim) into the query map; bfloat16 would
  # lose by it and keeps them apart.
  def fuse(self: __torch__.M, w: List[Tensor], dt: int) -> List[Tensor]:
    f = annotate(List[Tensor], [])
    fold = dt != 15
    scale = float(self.head_dim()) ** -0.5
    nq = self.n_heads()
    nk = self.n_kv()
    f.append(torch._to_copy(w[0], dtype=dt))
    for l in range(self.n_layers()):
      o = 1 + l * self.per_layer()
      at = o + 9
      sq = 1.0
      if not self.qk_norm():
        sq = scale
      g = w[o]
      x = torch.cat([self.pairs(w[o + 1], nq) * sq, self.pairs(w[o + 2], nk), w[o + 3]])
      f.append(self.kept(g, not fold, dt))
      f.append(self.gained(x, g, fold).to(dt))
      f.append(torch._to_copy(w[o + 4], dtype=dt))
      g = w[o + 5]
      f.append(self.kept(g, not fold, dt))
      f.append(self.gained(torch.cat([self.widened(w[o + 6], 0), self.widened(w[o + 7], 0)]), g, fold).to(dt))
      f.append(torch._to_copy(self.widened(w[o + 8], 1), dtype=dt))
      if self.qkv_bias():
        f.append(torch.cat([self.pairs(w[at], nq) * sq, self.pairs(w[at + 1], nk), w[at + 2]]).to(dt))
        at = at + 3
      else:
        f.append(self.kept(g, False, dt))
      f.append(self.kept(w[at], self.out_bias(), dt))
      if self.out_bias():
        at = at + 1
      if self.mlp_bias():
        f.append(torch.cat([self.widened(w[at], 0), self.widened(w[at + 1], 0)]).to(dt))
        f.append(torch._to_copy(w[at + 2], dtype=dt))
        at = at + 3
      else:
        f.append(self.kept(g, False, dt))
        f.append(self.kept(g, False, dt))
      if self.qk_norm():
        f.append((self.pairs(w[at], 1) * scale).to(dt))
        f.append(self.pairs(w[at + 1], 1).to(dt))
      else:
        f.append(self.kept(g, False, dt))
        f.append(self.kept(g, False, dt))
    g = w[self.norm_at()]
    if self.tied():
      f.append(torch._to_copy(g, dtype=dt))
      f.append(f[0])
    else:
      f.append(self.kept(g, not fold, dt))
      f.append(self.gained(w[self.norm_at() + 1], g, fold).to(dt))
    return f
  # Where the fused copy has its last norm; the head follows.
  def top_at(self: __torch__.M) -> int:
    return 1 + self.n_layers() * 12
  # Which matrix of a layer the fused copy has at i: 0 qkv, 1 o, 2 gate+up, 3 down; 4 the head; -1 none.
  def kind(self: __torch__.M, i: int) -> int:
    k = -1
    if i == self.top_at() + 1:
      k = 4
    elif i > 0 and i < self.top_at():
      r = (i - 1) % 12
      if r == 1 or r == 2:
        k = r - 1
      elif r == 4 or r == 5:
        k = r - 2
    return k
  # The matrices of each layer and the head, laid out for dense(); the rest is shared.
  def pack(self: __torch__.M, f: List[Tensor]) -> List[Tensor]:
    p = annotate(List[Tensor], [])
    for i in range(len(f)):
      if self.kind(i) >= 0:
        p.append(self.lay(f[i]))
      else:
        p.append(f[i])
    return p
  # The same laid out for one sequence: [n, k] as stripes [n / m, m], each by columns, so [n / m, k, m]. A
  # product with a vector is then the sum of rows weighted by it, which is what embedding_bag computes: it
  # reads memory twice as fast as a product with a vector does, and with all threads. What it takes besides
  # follows, for every kind of matrix: numbers of rows, and where every stripe begins.
  def stripe(self: __torch__.M, f: List[Tensor], threads: int) -> List[Tensor]:
    p = annotate(List[Tensor], [])
    aux = annotate(List[Tensor], [])
    for i in range(len(f)):
      k = self.kind(i)
      if k >= 0:
        n = self.stripes(f[i].size(0), threads)
        if k == 4 or i < 13:
          aux.append(torch.arange(n * f[i].size(1), dtype=3, device=f[i].device))
          aux.append(torch.arange(n + 1, dtype=3, device=f[i].device) * f[i].size(1))
        if n > 0:
          p.append(f[i].view([n, -1, f[i].size(1)]).transpose(1, 2).contiguous(memory_format=0))
        else:
          p.append(f[i])
      else:
        p.append(f[i])
    for x in aux:
      p.append(x)
    return p
  # How many stripes of 16 to 4096 rows, at least one a thread; 0 where nothing divides so.
  def stripes(self: __torch__.M, rows: int, threads: int) -> int:
    found = 0
    n = max(threads, (rows + 4095) // 4096)
    while found == 0 and n * 16 <= rows:
      if rows % n == 0:
        found = n
      n = n + 1
    return found
  def rotations(self: __torch__.M, cos: Tensor, sin: Tensor) -> Tensor:
    return torch.complex(cos, sin)
  def unit(self: __torch__.M, x: Tensor, g: Tensor) -> Tensor:
    y = x * torch.rsqrt(torch.mean(x * x, [-1], True) + self.eps())
    if torch.numel(g) > 0:
      y = y.mul_(g)
    return y
  def rotate(self: __torch__.M, x: Tensor, r: Tensor) -> Tensor:
    s = x.size()
    if x.dtype == 15:
      y = torch.view_as_real(torch.view_as_complex(x.to(6).reshape([s[0], s[1], -1, 2])) * r)
      return torch.copy_(x, y.reshape(s))
    z = torch.view_as_complex(x.view([s[0], s[1], -1, 2]))
    n = z.mul_(r)
    return x
  # Queries, keys and values of [n] tokens, rotated: [n, H + 2 KV, hd].
  def qkv(self: __torch__.M, h: Tensor, r: Tensor, w: List[Tensor], o: int) -> Tensor:
    nh = self.n_heads()
    nk = nh + self.n_kv()
    x = self.dense(self.unit(h, w[o]), w[o + 1], w[o + 6]).view([h.size(0), nk + self.n_kv(), self.head_dim()])
    if self.qk_norm():
      q = torch.slice(x, 1, 0, nh)
      k = torch.slice(x, 1, nh, nk)
      n0 = torch.copy_(q, self.unit(q, w[o + 10]))
      n1 = torch.copy_(k, self.unit(k, w[o + 11]))
    n2 = self.rotate(torch.slice(x, 1, 0, nk), r)
    return x
  def rest(self: __torch__.M, h: Tensor, a: Tensor, w: List[Tensor], o: int) -> Tensor:
    h = self.dense_onto(h, a, w[o + 2], w[o + 7])
    g, u = torch.chunk(self.dense(self.unit(h, w[o + 3]), w[o + 4], w[o + 8]), 2, 1)
    return self.dense_onto(h, torch.silu(g).mul_(u), w[o + 5], w[o + 9])
  def head(self: __torch__.M, h: Tensor, w: List[Tensor]) -> Tensor:
    return self.dense(self.unit(h, w[self.top_at()]), w[self.top_at() + 1], torch.empty([0], dtype=h.dtype, device=h.device)).to(6)
  # Logits of packed sequences without a cache: [N or M, V] float32.
  def logits(self: __torch__.M, tok: Tensor, pos: Tensor, rows: Tensor, pad: Tensor, unpad: Tensor, b: int, t: int, rot: Tensor, w: List[Tensor]) -> Tensor:
    h = torch.embedding(w[0], tok)
    r = torch.index_select(rot, 0, pos).unsqueeze(1)
    nh = self.n_heads()
    for l in range(self.n_layers()):
      o = 1 + l * 12
      q, k, v = torch.split(self.qkv(h, r, w, o), [nh, self.n_kv(), self.n_kv()], 1)
      h = self.rest(h, self.attend(q, k, v, pad, unpad, b, t, self.layer_window(l), 1.0), w, o)
    if torch.numel(rows) > 0:
      h = torch.index_select(h, 0, rows)
    return self.head(h, w)
  # Keys and values of a layer: [2, S, KV, cap, hd].
  def caches(self: __torch__.M, slots: int, cap: int, w: List[Tensor]) -> List[Tensor]:
    c = annotate(List[Tensor], [])
    for l in range(self.n_layers()):
      c.append(torch.zeros([2, slots, self.n_kv(), cap, self.head_dim()], dtype=w[0].dtype, device=w[0].device))
    return c
  # Views of those of the first slot, 3 a layer: both [2, KV, cap, hd], keys [KV, hd, cap], values
  # [KV, cap, hd].
  def firsts(self: __torch__.M, c: List[Tensor]) -> List[Tensor]:
    f = annotate(List[Tensor], [])
    for l in range(len(c)):
      both = torch.select(c[l], 1, 0)
      f.append(both)
      f.append(torch.select(both, 0, 0).transpose(1, 2))
      f.append(torch.select(both, 0, 1))
    return f
  # Prompts [N] of B sequences; their keys and values go to the slots first .. first + len(copies),
  # slot first + i taking those of prompt copies[i]. Returns logits of each prompt's last token.
  def prefill(self: __torch__.M, tok: Tensor, pos: Tensor, last: Tensor, pad: Tensor, unpad: Tensor, b: int, t: int, first: int, copies: Tensor, rot: Tensor, w: List[Tensor], c: List[Tensor]) -> Tensor:
    h = torch.embedding(w[0], tok)
    r = torch.index_select(rot, 0, pos).unsqueeze(1)
    m = copies.size(0)
    nh = self.n_heads()
    nkv = self.n_kv()
    hd = self.head_dim()
    nl = self.n_layers()
    for l in range(nl):
      o = 1 + l * 12
      x = self.qkv(h, r, w, o)
      kv = torch.slice(x, 1, nh, nh + 2 * nkv)
      if torch.numel(unpad) > 0:
        kv = torch.index_select(kv, 0, pad)
      kv = kv.reshape([b, t, 2, nkv, hd])
      if m != b:
        kv = torch.index_select(kv, 0, copies)
      n0 = torch.copy_(torch.slice(torch.slice(c[l], 1, first, first + m), 3, 0, t), kv.permute([2, 0, 3, 1, 4]))
      q, k, v = torch.split(x, [nh, nkv, nkv], 1)
      a = self.attend(q, k, v, pad, unpad, b, t, self.layer_window(l), 1.0)
      if l == nl - 1:
        h = torch.index_select(h, 0, last)
        a = torch.index_select(a, 0, last)
      h = self.rest(h, a, w, o)
    lg = self.head(h, w)
    if m != b:
      lg = torch.index_select(lg, 0, copies)
    return lg
  # Softmax along the last axis. The operator takes 0.2 us a row, however short that is.
  def shares(self: __torch__.M, x: Tensor) -> Tensor:
    if x.size(-1) > 32 or x.is_cuda:
      return torch.softmax(x, -1)
    e = torch.exp(x - torch.amax(x, [-1], True))
    return e.div_(torch.sum(e, [-1], True))
  # One token of each of the slots 0 .. n: cur and at [n]; at + 1 <= e. Returns what the head takes: [n, D].
  def step(self: __torch__.M, cur: Tensor, at: Tensor, e: int, ragged: bool, rot: Tensor, w: List[Tensor], c: List[Tensor]) -> Tensor:
    n = cur.size(0)
    nh = self.n_heads()
    nkv = self.n_kv()
    hd = self.head_dim()
    reps = nh // nkv
    slots = c[0].size(1)
    cap = c[0].size(3)
    h = torch.embedding(w[0], cur)
    r = torch.index_select(rot, 0, at).unsqueeze(1)
    idx = torch.arange(n, dtype=4, device=cur.device).view([n, 1, 1]) * nkv + torch.arange(nkv, dtype=4, device=cur.device).view([1, 1, nkv])
    idx = idx + torch.arange(2, dtype=4, device=cur.device).view([1, 2, 1]) * (slots * nkv)
    idx = (idx * cap + at.view([n, 1, 1])).view([-1])
    full = torch.empty([0], dtype=h.dtype, device=h.device)
    part = full
    win = self.window()
    if ragged or (win > 0 and win < e):
      cols = torch.arange(e, dtype=4, device=cur.device).unsqueeze(0)
      dead = torch.gt(cols, at.unsqueeze(1))
      full = torch.zeros([n, e], dtype=h.dtype, device=h.device).masked_fill(dead, -1e30).view([n, 1, 1, e]).expand([n, nkv, reps, e]).reshape([n * nkv, reps, e])
      if win > 0:
        dead = torch.logical_or(dead, torch.le(cols, at.unsqueeze(1) - win))
        part = torch.zeros([n, e], dtype=h.dtype, device=h.device).masked_fill(dead, -1e30).view([n, 1, 1, e]).expand([n, nkv, reps, e]).reshape([n * nkv, reps, e])
    for l in range(self.n_layers()):
      o = 1 + l * 12
      x = self.qkv(h, r, w, o)
      n0 = c[l].view([-1, hd]).index_copy_(0, idx, torch.slice(x, 1, nh, nh + 2 * nkv).reshape([-1, hd]))
      kv = torch.slice(torch.slice(c[l], 1, 0, n).view([2, n * nkv, cap, hd]), 2, 0, e)
      q = torch.slice(x, 1, 0, nh).reshape([n * nkv, reps, hd])
      mask = full
      if win > 0:
        if self.layer_window(l) > 0:
          mask = part
      kt = torch.select(kv, 0, 0).transpose(1, 2)
      if torch.numel(mask) > 0:
        sc = torch.baddbmm(mask, q, kt)
      else:
        sc = torch.bmm(q, kt)
      a = torch.bmm(self.shares(sc), torch.select(kv, 0, 1)).view([n, nh * hd])
      h = self.rest(h, a, w, o)
    return h
  # b + alpha w[i] x; kind says which of a layer's matrices it is, see stripe().
  def row(self: __torch__.M, b: Tensor, w: List[Tensor], i: int, kind: int, x: Tensor, alpha: float) -> Tensor:
    if w[i].dim() == 2:
      return torch.addmv(b, w[i], x, beta=1, alpha=alpha)
    return torch.add(b, self.striped(w, i, kind, x), alpha=alpha)
  def row_onto(self: __torch__.M, h: Tensor, w: List[Tensor], i: int, kind: int, x: Tensor) -> Tensor:
    if w[i].dim() == 2:
      return h.addmv_(w[i], x)
    return h.add_(self.striped(w, i, kind, x))
  def striped(self: __torch__.M, w: List[Tensor], i: int, kind: int, x: Tensor) -> Tensor:
    m = w[i]
    if m.size(0) > 1:
      x = x.repeat([m.size(0)])
    at = self.top_at() + 2 + 2 * kind
    y, n0, n1, n2 = torch.embedding_bag(m.view([-1, m.size(2)]), w[at], w[at + 1], False, 0, False, x, True, None)
    return y.view([-1])
  # The logits of a single sequence on the CPU in float32, with as few operators as can be: a norm is a
  # dot product, and its factor goes into the matrix-vector product as alpha.
  def factor(self: __torch__.M, x: Tensor) -> float:
    return (float(torch.dot(x, x)) / float(x.size(0)) + self.eps()) ** -0.5
  def one(self: __torch__.M, cur: Tensor, at: int, rot: Tensor, w: List[Tensor], c1: List[Tensor]) -> Tensor:
    nh = self.n_heads()
    nkv = self.n_kv()
    hd = self.head_dim()
    e = at + 1
    h = torch.embedding(w[0], cur).view([-1])
    r = torch.slice(rot, 0, at, e)
    zero = torch.zeros([1], dtype=6)
    lo = nh * hd
    hi = lo + nkv * hd
    top = hi + nkv * hd
    win = self.window()
    ffn = self.ffn() + self.widening()
    for l in range(self.n_layers()):
      o = 1 + l * 12
      b = w[o + 6]
      if not self.qkv_bias():
        b = zero
      x = self.row(b, w, o + 1, 0, h, self.factor(h))
      if self.qk_norm():
        q = torch.slice(x, 0, 0, lo).view([nh, hd])
        k = torch.slice(x, 0, lo, hi).view([nkv, hd])
        n0 = torch.copy_(q, self.unit(q, w[o + 10]))
        n1 = torch.copy_(k, self.unit(k, w[o + 11]))
      z = torch.view_as_complex(torch.slice(x, 0, 0, hi).view([nh + nkv, -1, 2]))
      n2 = z.mul_(r)
      n3 = torch.copy_(torch.slice(c1[3 * l], 2, at, e), torch.slice(x, 0, lo, top).view([2, nkv, 1, hd]))
      lw = 0
      if win > 0:
        lw = self.layer_window(l)
      f = 0
      if lw > 0 and e > lw:
        f = e - lw
      sc = torch.bmm(torch.slice(x, 0, 0, lo).view([nkv, -1, hd]), torch.slice(c1[3 * l + 1], 2, f, e))
      a = torch.bmm(torch.softmax(sc, -1), torch.slice(c1[3 * l + 2], 1, f, e)).view([-1])
      h = self.row_onto(h, w, o + 2, 1, a)
      if self.out_bias():
        h = h.add_(w[o + 7])
      b = w[o + 8]
      if not self.mlp_bias():
        b = zero
      gu = self.row(b, w, o + 4, 2, h, self.factor(h))
      g = torch.silu_(torch.slice(gu, 0, 0, ffn))
      h = self.row_onto(h, w, o + 5, 3, g.mul_(torch.slice(gu, 0, ffn, 2 * ffn)))
      if self.mlp_bias():
        h = h.add_(w[o + 9])
    s = self.factor(h)
    if self.tied():
      h = h * w[self.top_at()]
    return self.row(zero, w, self.top_at() + 1, 4, h, s).unsqueeze(0)
