# A decoder of the Llama, Mistral and Qwen families as TorchScript source.
#
# Two forms of the weights. Training takes them as they stand in a checkpoint (DecoderLayout.java), in
# a list w that LoRA's pairs may follow. Inference takes a fused copy made by fuse(): 12 tensors a
# layer [norm, qkv, o, norm, gate+up, down, qkv bias, o bias, gate+up bias, down bias, q norm, k norm],
# absent ones empty, with the two halves of every rotary pair interleaved so that a rotation is one
# complex product. pack() lays the matrices of that copy out for the multiplication kernels of oneDNN,
# stripe() for one sequence; dense() and dense_onto(), which take the one or the other, stand in files of
# their own. So do the methods of this class for inference (decoder_fused.py), for drawing tokens
# (decoder_sample.py) and for training on the CPU (decoder_train.py).
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
    z = self.times_t(h, head)
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
      n1 = torch.copy_(torch.slice(dh, 0, i, i + chunk), self.times(dz, head))
      if w[at].requires_grad:
        n2 = self.onto(acc[at], dz, hc)
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
  # One number a tensor: 0 where all its elements are finite.
  def finite(self: __torch__.M, w: List[Tensor]) -> Tensor:
    bad = torch.zeros([len(w)], dtype=4)
    for i in range(len(w)):
      s = float(torch.sum(w[i].to(6), dtype=7))
      if s - s != 0.0:
        bad[i] = 1
    return bad
