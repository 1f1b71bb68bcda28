# A decoder of the Llama, Mistral and Qwen families as TorchScript source.
#
# Two forms of the weights. Training takes them as they stand in a checkpoint (DecoderLayout.java), in
# a list w that LoRA's pairs may follow. Inference takes a fused copy made by fuse(): 12 tensors a
# layer [norm, qkv, o, norm, gate+up, down, qkv bias, o bias, gate+up bias, down bias, q norm, k norm],
# absent ones empty, with the two halves of every rotary pair interleaved so that a rotation is one
# complex product. pack() lays the matrices of that copy out for the multiplication kernels of oneDNN;
# dense() and dense_onto(), which take the one or the other, stand in files of their own.
#
# Sequences are packed: [N, ...] holds the tokens of all of them, one after the other. Only attention
# unpacks to [B, T] (pad: index of the packed token for every cell, any where there is none; unpad:
# cell of every packed token); both are empty where all lengths are equal. The constants of the model
# (n_layers and so on) are methods which Java appends.
class M(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  def rms(self: __torch__.M, x: Tensor, g: Tensor) -> Tensor:
    v = torch.mean(x * x, [-1], True)
    return x * torch.rsqrt(v + self.eps()) * g
  # ---- attention over packed sequences: q [N, H, hd], k and v [N, KV, hd] -> [N, H * hd]
  def causal_mask(self: __torch__.M, t: int, window: int, like: Tensor) -> Tensor:
    i = torch.arange(t, dtype=4, device=like.device).unsqueeze(1)
    j = torch.arange(t, dtype=4, device=like.device).unsqueeze(0)
    return torch.logical_and(torch.le(j, i), torch.gt(j, i - window))
  # Keys or values [B, KV, T, hd] as often as there are queries to them. With enable_gqa the CPU falls
  # back to an attention that holds all scores: 1.5 times the time, and memory that is quadratic in T.
  def per_query(self: __torch__.M, x: Tensor, r: int) -> Tensor:
    if r == 1:
      return x
    b = x.size(0)
    n = x.size(1)
    t = x.size(2)
    d = x.size(3)
    return x.unsqueeze(2).expand([b, n, r, t, d]).reshape([b, n * r, t, d])
  def attend(self: __torch__.M, q: Tensor, k: Tensor, v: Tensor, pad: Tensor, unpad: Tensor, b: int, t: int, window: int, scale: float) -> Tensor:
    h = q.size(1)
    kv = k.size(1)
    hd = q.size(2)
    if torch.numel(unpad) > 0:
      q = torch.index_select(q, 0, pad)
      k = torch.index_select(k, 0, pad)
      v = torch.index_select(v, 0, pad)
    q = q.reshape([b, t, h, hd]).transpose(1, 2)
    k = self.per_query(k.reshape([b, t, kv, hd]).transpose(1, 2), h // kv)
    v = self.per_query(v.reshape([b, t, kv, hd]).transpose(1, 2), h // kv)
    if window > 0 and window < t:
      m = self.causal_mask(t, window, q)
      a = torch.scaled_dot_product_attention(q, k, v, m, 0.0, False, scale=scale, enable_gqa=False)
    else:
      a = torch.scaled_dot_product_attention(q, k, v, None, 0.0, True, scale=scale, enable_gqa=False)
    a = a.transpose(1, 2).reshape([b * t, h * hd])
    if torch.numel(unpad) > 0:
      a = torch.index_select(a, 0, unpad)
    return a
  # ---- training form
  def rope_halves(self: __torch__.M, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    x1, x2 = torch.chunk(x, 2, -1)
    return torch.cat([x1 * cos - x2 * sin, x2 * cos + x1 * sin], -1)
  def project(self: __torch__.M, x: Tensor, w: List[Tensor], at: int, bias: int, l: int, p: int, lora: int, scale: float, drop: float) -> Tensor:
    wt = w[at].to(x.dtype)
    if bias >= 0:
      y = torch.linear(x, wt, w[bias].to(x.dtype))
    else:
      y = torch.linear(x, wt)
    if lora > 0:
      a = w[lora + (l * 7 + p) * 2]
      if torch.numel(a) > 0:
        d = x
        if drop > 0.0:
          d = torch.dropout(x, drop, True)
        y = y + torch.linear(torch.linear(d, a.to(x.dtype)), w[lora + (l * 7 + p) * 2 + 1].to(x.dtype)) * scale
    return y
  def layer(self: __torch__.M, h: Tensor, cos: Tensor, sin: Tensor, pad: Tensor, unpad: Tensor, b: int, t: int, w: List[Tensor], l: int, lora: int, scale: float, drop: float, window: int) -> Tensor:
    n = h.size(0)
    hd = self.head_dim()
    o = 1 + l * self.per_layer()
    qb = -1
    ob = -1
    mb = -1
    at = o + 9
    if self.qkv_bias():
      qb = at
      at = at + 3
    if self.out_bias():
      ob = at
      at = at + 1
    if self.mlp_bias():
      mb = at
      at = at + 3
    x = self.rms(h, w[o].to(h.dtype))
    kb = -1
    vb = -1
    if qb >= 0:
      kb = qb + 1
      vb = qb + 2
    q = self.project(x, w, o + 1, qb, l, 0, lora, scale, drop).view([n, -1, hd])
    k = self.project(x, w, o + 2, kb, l, 1, lora, scale, drop).view([n, -1, hd])
    v = self.project(x, w, o + 3, vb, l, 2, lora, scale, drop).view([n, -1, hd])
    if self.qk_norm():
      q = self.rms(q, w[at].to(h.dtype))
      k = self.rms(k, w[at + 1].to(h.dtype))
    q = self.rope_halves(q, cos, sin)
    k = self.rope_halves(k, cos, sin)
    a = self.attend(q, k, v, pad, unpad, b, t, window, float(hd) ** -0.5)
    h = h + self.project(a, w, o + 4, ob, l, 3, lora, scale, drop)
    x = self.rms(h, w[o + 5].to(h.dtype))
    ub = -1
    db = -1
    if mb >= 0:
      ub = mb + 1
      db = mb + 2
    f = torch.silu(self.project(x, w, o + 6, mb, l, 4, lora, scale, drop)) * self.project(x, w, o + 7, ub, l, 5, lora, scale, drop)
    return h + self.project(f, w, o + 8, db, l, 6, lora, scale, drop)
  def layer_window(self: __torch__.M, l: int) -> int:
    r = 0
    if self.window() > 0:
      ws = self.windowed()
      if ws[l] > 0:
        r = self.window()
    return r
  def norm_at(self: __torch__.M) -> int:
    return 1 + self.n_layers() * self.per_layer()
  # dims: [b, t, compute type, index of LoRA's first pair in w or 0]; hp: [LoRA scale, LoRA dropout].
  # Returns the normalised hidden states of the packed positions in rows: [M, D], with their graph.
  def hidden(self: __torch__.M, tok: Tensor, pos: Tensor, rows: Tensor, pad: Tensor, unpad: Tensor, dims: Tensor, hp: Tensor, cos: Tensor, sin: Tensor, w: List[Tensor]) -> Tensor:
    b = int(dims[0])
    t = int(dims[1])
    dt = int(dims[2])
    lora = int(dims[3])
    h = torch.embedding(w[0], tok).to(dt)
    c = torch.index_select(cos, 0, pos).unsqueeze(1).to(dt)
    s = torch.index_select(sin, 0, pos).unsqueeze(1).to(dt)
    for l in range(self.n_layers()):
      h = self.layer(h, c, s, pad, unpad, b, t, w, l, lora, float(hp[0]), float(hp[1]), self.layer_window(l))
    if torch.numel(rows) > 0:
      h = torch.index_select(h, 0, rows)
    return self.rms(h, w[self.norm_at()].to(dt))
  # The same without a graph, keeping only the input of every layer: [x_0, ..., x_L].
  def checkpoints(self: __torch__.M, tok: Tensor, pos: Tensor, pad: Tensor, unpad: Tensor, dims: Tensor, hp: Tensor, cos: Tensor, sin: Tensor, w: List[Tensor]) -> List[Tensor]:
    g0 = torch.set_grad_enabled(False)
    b = int(dims[0])
    t = int(dims[1])
    dt = int(dims[2])
    lora = int(dims[3])
    h = torch.embedding(w[0], tok).to(dt)
    c = torch.index_select(cos, 0, pos).unsqueeze(1).to(dt)
    s = torch.index_select(sin, 0, pos).unsqueeze(1).to(dt)
    xs = annotate(List[Tensor], [h])
    for l in range(self.n_layers()):
      h = self.layer(h, c, s, pad, unpad, b, t, w, l, lora, float(hp[0]), 0.0, self.layer_window(l))
      xs.append(h)
    g1 = torch.set_grad_enabled(True)
    return xs
  # The final norm of the last checkpoint, for the rows asked for.
  def checkpoint_top(self: __torch__.M, x: Tensor, rows: Tensor, w: List[Tensor]) -> Tensor:
    h = x.detach()
    if torch.numel(rows) > 0:
      h = torch.index_select(h, 0, rows)
    return self.rms(h, w[self.norm_at()].to(h.dtype)).detach()
  def accumulate(self: __torch__.M, y: Tensor, dy: Tensor, x: Tensor, w: List[Tensor], acc: List[Tensor], lo: int, hi: int, lora: int, l: int) -> Tensor:
    wanted = annotate(List[Tensor], [x])
    index = annotate(List[int], [])
    for i in range(lo, hi):
      if w[i].requires_grad:
        wanted.append(w[i])
        index.append(i)
    if lora > 0 and l >= 0:
      for i in range(lora + l * 14, lora + l * 14 + 14):
        if w[i].requires_grad:
          wanted.append(w[i])
          index.append(i)
    gs = torch.grad([y], wanted, annotate(List[Optional[Tensor]], [dy]), None, False, True)
    g1 = torch.set_grad_enabled(False)
    for k in range(len(index)):
      g = gs[k + 1]
      if g is not None:
        acc[index[k]].add_(unchecked_cast(Tensor, g))
    g2 = torch.set_grad_enabled(True)
    return unchecked_cast(Tensor, gs[0])
  # Backward through checkpoints: every layer is computed again, the last first.
  def backward_checkpoints(self: __torch__.M, xs: List[Tensor], dh: Tensor, tok: Tensor, pos: Tensor, rows: Tensor, pad: Tensor, unpad: Tensor, dims: Tensor, hp: Tensor, cos: Tensor, sin: Tensor, w: List[Tensor], acc: List[Tensor]) -> Tensor:
    b = int(dims[0])
    t = int(dims[1])
    dt = int(dims[2])
    lora = int(dims[3])
    c = torch.index_select(cos, 0, pos).unsqueeze(1).to(dt)
    s = torch.index_select(sin, 0, pos).unsqueeze(1).to(dt)
    nl = self.n_layers()
    x = xs[nl].detach().requires_grad_(True)
    y = x
    if torch.numel(rows) > 0:
      y = torch.index_select(y, 0, rows)
    y = self.rms(y, w[self.norm_at()].to(dt))
    dy = self.accumulate(y, dh.to(dt), x, w, acc, self.norm_at(), self.norm_at() + 1, 0, -1)
    for i in range(nl):
      l = nl - 1 - i
      x = xs[l].detach().requires_grad_(True)
      y = self.layer(x, c, s, pad, unpad, b, t, w, l, lora, float(hp[0]), 0.0, self.layer_window(l))
      lo = 1 + l * self.per_layer()
      dy = self.accumulate(y, dy, x, w, acc, lo, lo + self.per_layer(), lora, l)
    if w[0].requires_grad:
      g0 = torch.set_grad_enabled(False)
      acc[0].index_add_(0, tok, dy.to(acc[0].dtype))
      g1 = torch.set_grad_enabled(True)
    return dh
  # Backward through the graph that hidden() left: gradients of all weights are added to acc.
  def backward(self: __torch__.M, h: Tensor, dh: Tensor, w: List[Tensor], acc: List[Tensor]) -> Tensor:
    wanted = annotate(List[Tensor], [])
    index = annotate(List[int], [])
    for i in range(len(w)):
      if w[i].requires_grad:
        wanted.append(w[i])
        index.append(i)
    gs = torch.grad([h], wanted, annotate(List[Optional[Tensor]], [dh.to(h.dtype)]), None, False, True)
    g1 = torch.set_grad_enabled(False)
    for k in range(len(index)):
      g = gs[k]
      if g is not None:
        acc[index[k]].add_(unchecked_cast(Tensor, g))
    g2 = torch.set_grad_enabled(True)
    return dh
  # ---- the head, in chunks of rows so that [chunk, V] is all that ever stands of the logits.
  # z = h W' / tau, lse = log sum exp z; log p = z[target] - lse; entropy = lse - sum p z.
  # hp: [tau, chunk, whether dent counts].
  def head_at(self: __torch__.M) -> int:
    r = self.norm_at() + 1
    if self.tied():
      r = 0
    return r
  def log_probs(self: __torch__.M, h: Tensor, head: Tensor, tau: float) -> Tensor:
    z = torch.linear(h, head)
    if z.dtype == 15:
      z = z.to(6)
    if tau != 1.0:
      z = z / tau
    return torch.log_softmax(z, -1)
  def score_head(self: __torch__.M, h: Tensor, target: Tensor, hp: Tensor, w: List[Tensor]) -> List[Tensor]:
    n = h.size(0)
    tau = float(hp[0])
    chunk = int(hp[1])
    head = w[self.head_at()].to(h.dtype)
    lps = annotate(List[Tensor], [])
    ents = annotate(List[Tensor], [])
    i = 0
    while i < n:
      ls = self.log_probs(torch.slice(h, 0, i, i + chunk), head, tau)
      lps.append(torch.gather(ls, 1, torch.slice(target, 0, i, i + chunk).unsqueeze(1)).squeeze(1))
      ents.append(-torch.sum(torch.exp(ls).mul_(ls), [-1]))
      i = i + chunk
    return [torch.cat(lps), torch.cat(ents)]
  # Gradient of the head by hand: dz = dlp (onehot - p) - dent p (log p + H). Returns dh; the weight's
  # gradient is added to acc where it is trained.
  def backward_head(self: __torch__.M, h: Tensor, target: Tensor, dlp: Tensor, dent: Tensor, hp: Tensor, w: List[Tensor], acc: List[Tensor]) -> Tensor:
    n = h.size(0)
    tau = float(hp[0])
    chunk = int(hp[1])
    at = self.head_at()
    head = w[at].to(h.dtype)
    dh = torch.empty_like(h)
    i = 0
    while i < n:
      hc = torch.slice(h, 0, i, i + chunk)
      ls = self.log_probs(hc, head, tau)
      p = torch.exp(ls)
      dl = torch.slice(dlp, 0, i, i + chunk).unsqueeze(1)
      if float(hp[2]) > 0.5:
        ent = -torch.sum(p * ls, [-1], True)
        dz = (ls.add_(ent).mul_(torch.slice(dent, 0, i, i + chunk).unsqueeze(1)).add_(dl)).mul_(p).neg_()
      else:
        dz = p.mul_(-dl)
      n0 = dz.scatter_add_(1, torch.slice(target, 0, i, i + chunk).unsqueeze(1), dl)
      if tau != 1.0:
        dz = dz.div_(tau)
      dz = dz.to(h.dtype)
      n1 = torch.copy_(torch.slice(dh, 0, i, i + chunk), torch.mm(dz, head))
      if w[at].requires_grad:
        if acc[at].dtype == h.dtype:
          n2 = acc[at].addmm_(dz.t(), hc)
        else:
          n2 = acc[at].add_(torch.mm(dz.t(), hc))
      i = i + chunk
    return dh
  # The gradient of a loss made in Java by the scores that it was made of; zeros where it used none.
  def leaf_gradients(self: __torch__.M, loss: Tensor, leaves: List[Tensor]) -> List[Tensor]:
    out = annotate(List[Tensor], [])
    if loss.requires_grad:
      gs = torch.grad([loss], leaves, None, None, False, True)
      for i in range(len(leaves)):
        g = gs[i]
        if g is not None:
          out.append(unchecked_cast(Tensor, g))
        else:
          out.append(torch.zeros_like(leaves[i]))
    else:
      for i in range(len(leaves)):
        out.append(torch.zeros_like(leaves[i]))
    return out
  # ---- value head: v = h x + b
  def values(self: __torch__.M, h: Tensor, head: List[Tensor]) -> Tensor:
    return (torch.mv(h, head[0].to(h.dtype)) + head[1].to(h.dtype)).to(head[0].dtype)
  def backward_values(self: __torch__.M, h: Tensor, dv: Tensor, head: List[Tensor], acc: List[Tensor]) -> Tensor:
    d = dv.to(h.dtype)
    n0 = acc[0].add_(torch.mv(h.t(), d))
    n1 = acc[1].add_(torch.sum(d))
    return torch.outer(d, head[0].to(h.dtype))
  # ---- inference form
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
  # ---- sampling. p [n, 5]: temperature, top-k, top-p, min-p, repetition penalty. u [n]: uniform in
  # [0, 1). seen [n or 0, V]: tokens that the penalty meets. mask [n or 0, V]: added to the logits.
  # mode, a sum of what any sequence needs: 1 draws, 2 greedy, 4 a temperature other than 1, 8 filters,
  # 16 penalty, 32 mask. It changes the operators, never a sequence's result.
  # Returns [n, 3] float64: token, log-probability where it was drawn, log-probability under the model.
  def penalised(self: __torch__.M, lg: Tensor, p: Tensor, seen: Tensor, mask: Tensor) -> Tensor:
    z = lg
    if torch.numel(seen) > 0:
      pen = torch.slice(p, 1, 4, 5)
      z = torch.where(seen, torch.where(torch.gt(z, 0.0), z / pen, z * pen), z)
    if torch.numel(mask) > 0:
      z = z + mask
    return z
  def filtered(self: __torch__.M, z: Tensor, p: Tensor) -> Tensor:
    v = z.size(1)
    zs, order = torch.sort(z, stable=True, dim=-1, descending=True)
    rank = torch.arange(v, dtype=6, device=z.device).unsqueeze(0)
    k = torch.slice(p, 1, 1, 2)
    k = torch.where(torch.gt(k, 0.0), k, torch.full_like(k, float(v)))
    drop = torch.ge(rank, k)
    zs = zs.masked_fill(drop, -1e30)
    q = torch.softmax(zs, -1)
    before = torch.cumsum(q, -1, dtype=7) - q
    topp = torch.slice(p, 1, 2, 3)
    drop = torch.logical_or(drop, torch.logical_and(torch.lt(topp, 1.0), torch.ge(before, topp)))
    drop = torch.logical_or(drop, torch.lt(q, torch.slice(p, 1, 3, 4) * torch.slice(q, 1, 0, 1)))
    drop = torch.logical_and(drop, torch.gt(rank, 0.0))
    gone = torch.empty_like(drop).scatter_(1, order, drop)
    return z.masked_fill(gone, -1e30)
  def sample(self: __torch__.M, lg: Tensor, p: Tensor, u: Tensor, seen: Tensor, mask: Tensor, mode: int) -> Tensor:
    if mode == 1:
      ls = torch.log_softmax(lg, -1)
      tok = self.draw(ls, u)
      drawn = torch.gather(ls, 1, tok).to(7)
      return torch.cat([tok.to(7), drawn, drawn], 1)
    raw = self.penalised(lg, p, seen, mask)
    under = torch.logsumexp(lg, [-1], True)
    tok = torch.zeros_like(under, dtype=4)
    drawn = torch.zeros_like(under)
    t = torch.slice(p, 1, 0, 1)
    greedy = torch.le(t, 0.0)
    if mode % 2 == 1:
      z = raw
      if mode & 4 != 0:
        z = raw / torch.where(greedy, torch.ones_like(t), t)
      if mode & 8 != 0:
        z = self.filtered(z, p)
      ls = torch.log_softmax(z, -1)
      tok = self.draw(ls, u)
      drawn = torch.gather(ls, 1, tok)
    if mode & 2 != 0:
      best = torch.argmax(raw, -1, True)
      if mode % 2 == 1:
        tok = torch.where(greedy, best, tok)
        drawn = drawn.masked_fill(greedy, 0.0)
      else:
        tok = best
    return torch.cat([tok.to(7), drawn.to(7), (torch.gather(lg, 1, tok) - under).to(7)], 1)
  # The first token whose cumulative probability exceeds u.
  def draw(self: __torch__.M, ls: Tensor, u: Tensor) -> Tensor:
    x = u.unsqueeze(1)
    q = torch.exp(ls)
    if ls.size(1) > 4096:
      return self.draw_by_blocks(q, x)
    return self.first_above(torch.cumsum(q, -1, dtype=7), x)
  def first_above(self: __torch__.M, sums: Tensor, share: Tensor) -> Tensor:
    last = sums.size(1) - 1
    x = share * torch.slice(sums, 1, last, last + 1)
    return torch.searchsorted(sums, x, right=True).clamp_(0, last)
  # The same in two steps, the block of tokens and then the token: over a large vocabulary a running sum
  # in double precision costs as much as the model.
  def draw_by_blocks(self: __torch__.M, q: Tensor, u: Tensor) -> Tensor:
    n = q.size(0)
    v = q.size(1)
    size = 256
    whole = v // size * size
    sums = torch.sum(torch.slice(q, 1, 0, whole).view([n, -1, size]), [-1])
    if whole < v:
      sums = torch.cat([sums, torch.sum(torch.slice(q, 1, whole, v), [-1], True)], 1)
    upto = torch.cumsum(sums, -1, dtype=7)
    block = self.first_above(upto, u)
    own = torch.gather(sums, 1, block)
    end = torch.gather(upto, 1, block)
    last = upto.size(1) - 1
    share = (u * torch.slice(upto, 1, last, last + 1) - end + own) / own
    at = block * size + torch.arange(size, dtype=4, device=q.device).unsqueeze(0)
    inside = torch.gather(q, 1, at.clamp(0, v - 1)).masked_fill_(torch.ge(at, v), 0.0)
    found = self.first_above(torch.cumsum(inside, -1, dtype=7), share.clamp(0.0, 1.0))
    return (block * size + found).clamp_(0, v - 1)
  def top(self: __torch__.M, lg: Tensor, k: int) -> Tensor:
    vals, idx = torch.topk(torch.log_softmax(lg, -1), k, -1)
    return torch.stack([idx.to(7), vals.to(7)], -1)
  # ---- slots. st: [cur [S] int64, at [S] int64, p [S, 5] float32, seen [S or 0, V] bool]. io, in the
  # memory of Java: [u [S], result [S, 3 + 2 topn]] float64.
  # Logits of the rows start, start + 1, ... of a call, whose slots are first, first + 1, ...
  def finish_rows(self: __torch__.M, lg: Tensor, start: int, st: List[Tensor], first: int, io: List[Tensor], mask: Tensor, mode: int, topn: int) -> Tensor:
    n = lg.size(0)
    u = torch.slice(io[0], 0, start, start + n).to(lg.device)
    seen = torch.slice(st[3], 0, 0, 0)
    if mode & 16 != 0:
      seen = torch.slice(st[3], 0, first, first + n)
    r = self.sample(lg, torch.slice(st[2], 0, first, first + n), u, seen, torch.slice(mask, 0, start, start + n), mode)
    tok = torch.select(r, 1, 0)
    n0 = torch.copy_(torch.slice(st[0], 0, first, first + n), tok)
    if mode & 16 != 0:
      n1 = seen.scatter_(1, tok.to(4).unsqueeze(1), True)
    if topn > 0:
      r = torch.cat([r, self.top(lg, topn).reshape([n, 2 * topn])], 1)
    return torch.copy_(torch.slice(torch.slice(io[1], 0, start, start + n), 1, 0, 3 + 2 * topn), r)
  # On the CPU some rows at a time, so that what stands between the logits and a token stays in the caches.
  def finish(self: __torch__.M, lg: Tensor, start: int, st: List[Tensor], first: int, io: List[Tensor], mask: Tensor, mode: int, topn: int) -> Tensor:
    n = lg.size(0)
    rows = self.at_once(n, lg, lg.size(1), 8388608)
    i = 0
    while i < n:
      n0 = self.finish_rows(torch.slice(lg, 0, i, i + rows), start + i, st, first + i, io, mask, mode, topn)
      i = i + rows
    return lg
  # How many of n rows of logits take up so many bytes, in equal pieces; all where there is no cache or malloc to mind.
  def at_once(self: __torch__.M, n: int, like: Tensor, vocab: int, bytes: int) -> int:
    rows = n
    if not like.is_cuda:
      pieces = (n * vocab * 4 + bytes - 1) // bytes
      rows = (n + pieces - 1) // pieces
    return rows
  def admit(self: __torch__.M, tok: Tensor, pos: Tensor, last: Tensor, pad: Tensor, unpad: Tensor, b: int, t: int, first: int, copies: Tensor, at: Tensor, p: Tensor, seen: Tensor, st: List[Tensor], io: List[Tensor], mask: Tensor, mode: int, topn: int, rot: Tensor, w: List[Tensor], c: List[Tensor]) -> Tensor:
    m = copies.size(0)
    n0 = torch.copy_(torch.slice(st[1], 0, first, first + m), at)
    n1 = torch.copy_(torch.slice(st[2], 0, first, first + m), p)
    if mode & 16 != 0:
      n2 = torch.copy_(torch.slice(st[3], 0, first, first + m), seen)
    lg = self.prefill(tok, pos, last, pad, unpad, b, t, first, copies, rot, w, c)
    return self.finish(lg, 0, st, first, io, mask, mode, topn)
  def decode(self: __torch__.M, n: int, e: int, ragged: bool, lean: bool, st: List[Tensor], io: List[Tensor], mask: Tensor, mode: int, topn: int, rot: Tensor, w: List[Tensor], plain: List[Tensor], c: List[Tensor], c1: List[Tensor]) -> Tensor:
    at = torch.slice(st[1], 0, 0, n)
    cur = torch.slice(st[0], 0, 0, n)
    if lean:
      n0 = self.finish(self.one(cur, e - 1, rot, plain, c1), 0, st, 0, io, mask, mode, topn)
    else:
      # Logits of 32 MiB and more would be given back to the kernel (decision 49): their page faults take longer than
      # reading the head again.
      h = self.step(cur, at, e, ragged, rot, w, c)
      rows = self.at_once(n, h, w[0].size(0), 31000000)
      i = 0
      while i < n:
        n1 = self.finish(self.head(torch.slice(h, 0, i, i + rows), w), i, st, i, io, mask, mode, topn)
        i = i + rows
    return at.add_(1)
  # Host memory that a GPU copies from and to directly.
  def pinned(self: __torch__.M, rows: int, width: int) -> Tensor:
    x = torch.pin_memory(torch.zeros([rows * width], dtype=7))
    if width > 1:
      x = x.view([rows, width])
    return x
  # Moves the sequences of slots to others, to close gaps: src and dst share no slot.
  def move(self: __torch__.M, src: Tensor, dst: Tensor, length: int, st: List[Tensor], c: List[Tensor]) -> Tensor:
    for i in range(len(st)):
      if st[i].size(0) > 0:
        n0 = st[i].index_copy_(0, dst, torch.index_select(st[i], 0, src))
    for l in range(len(c)):
      part = torch.slice(c[l], 3, 0, length)
      n1 = part.index_copy_(1, dst, torch.index_select(part, 1, src))
    return st[0]
  # One number a tensor: 0 where all its elements are finite.
  def finite(self: __torch__.M, w: List[Tensor]) -> Tensor:
    bad = torch.zeros([len(w)], dtype=4)
    for i in range(len(w)):
      s = float(torch.sum(w[i].to(6), dtype=7))
      if s - s != 0.0:
        bad[i] = 1
    return bad
