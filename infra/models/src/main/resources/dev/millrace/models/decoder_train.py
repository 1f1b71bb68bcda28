  # ---- training all weights on the CPU: forward and backward written out, since autograd's many
  # small operators take longer than the products of a small model. The graph of layer() (decoder.py)
  # computes the same. keep holds what the way back needs: 13 tensors a layer [input, its norm's
  # factor, joined queries, keys and values before their own norms, q, k, v as attention took them,
  # probabilities (or log-sum-exp), attention's output (where attention is not written out), that
  # output packed, middle, its norm's factor, gate, up], then the input of the last norm and its
  # factor; absent ones are empty.
  def as_type(self: __torch__.M, x: Tensor, dt: int) -> Tensor:
    if x.dtype != dt:
      x = x.to(dt)
    return x
  def factors(self: __torch__.M, x: Tensor) -> Tensor:
    n = torch.linalg_vector_norm(x, 2, [-1], True, dtype=None)
    return torch.rsqrt((n * n).div_(float(x.size(-1))).add_(self.eps()))
  # The way back through y = x r g, given xn = x r: dx = r t for the t that is returned.
  def rms_back(self: __torch__.M, xn: Tensor, dy: Tensor, g: Tensor, acc: Tensor) -> Tensor:
    p = dy * xn
    if p.dim() == 3:
      n0 = acc.add_(self.halves(torch.sum(p, [0, 1]), 1))
    else:
      n1 = acc.add_(torch.sum(p, [0]))
    m = torch.matmul(p, g).unsqueeze(-1)
    return torch.addcmul(dy * g, xn, m, value=-1.0 / float(g.size(0)))
  # Undoes pairs().
  def halves(self: __torch__.M, x: Tensor, heads: int) -> Tensor:
    hd = self.head_dim()
    if x.dim() == 2:
      return x.reshape([heads, hd // 2, 2, -1]).transpose(1, 2).reshape([heads * hd, -1])
    return x.reshape([heads, hd // 2, 2]).transpose(1, 2).reshape([heads * hd])
  def out_bias_at(self: __torch__.M, o: int) -> int:
    at = o + 9
    if self.qkv_bias():
      at = at + 3
    return at
  def mlp_bias_at(self: __torch__.M, o: int) -> int:
    at = self.out_bias_at(o)
    if self.out_bias():
      at = at + 1
    return at
  def head_norms_at(self: __torch__.M, o: int) -> int:
    at = self.mlp_bias_at(o)
    if self.mlp_bias():
      at = at + 3
    return at
  # The maps to queries, keys and values as one; rotary pairs side by side.
  def joined(self: __torch__.M, w: List[Tensor], o: int, dt: int) -> Tensor:
    return self.as_type(torch.cat([self.pairs(w[o + 1], self.n_heads()), self.pairs(w[o + 2], self.n_kv()), w[o + 3]]), dt)
  def map(self: __torch__.M, x: Tensor, w: List[Tensor], at: int, bias: int) -> Tensor:
    dt = x.dtype
    if bias >= 0:
      return self.times_t(x, self.as_type(w[at], dt)).add_(self.as_type(w[bias], dt))
    return self.times_t(x, self.as_type(w[at], dt))
  def map_onto(self: __torch__.M, h: Tensor, x: Tensor, w: List[Tensor], at: int, bias: int) -> Tensor:
    y = self.times_t_onto(h, x, self.as_type(w[at], h.dtype))
    if bias >= 0:
      y = y.add_(self.as_type(w[bias], h.dtype))
    return y
  # 0 where a query may look and as good as -inf elsewhere, for all queries to a key: [t, r t].
  def sight(self: __torch__.M, t: int, window: int, like: Tensor) -> Tensor:
    w = window
    if w <= 0:
      w = t
    m = torch.zeros([t, t], dtype=like.dtype, device=like.device).masked_fill_(torch.logical_not(self.causal_mask(t, w, like).t()), -1e30)
    return torch.cat([m] * (self.n_heads() // self.n_kv()), 1)
  # Short sequences' scores are held whole, a column a query: softmax along columns takes a seventh of
  # the time that it takes along rows of ten, and a flash kernel more than either. At most 16 MB a layer.
  def whole(self: __torch__.M, b: int, t: int) -> bool:
    return t <= 256 and b * self.n_heads() * t * t <= 4194304
  def train_attend(self: __torch__.M, y: Tensor, full: Tensor, pad: Tensor, unpad: Tensor, b: int, t: int, window: int, keep: List[Tensor]) -> Tensor:
    nh = self.n_heads()
    kv = self.n_kv()
    hd = self.head_dim()
    r = nh // kv
    scale = float(hd) ** -0.5
    none = torch.empty([0], dtype=y.dtype, device=y.device)
    if torch.numel(unpad) > 0:
      y = torch.index_select(y, 0, pad)
    y = y.view([b, t, nh + 2 * kv, hd])
    k = torch.slice(y, 2, nh, nh + kv).transpose(1, 2)
    v = torch.slice(y, 2, nh + kv, nh + 2 * kv).transpose(1, 2)
    q = torch.slice(y, 2, 0, nh)
    if self.whole(b, t):
      q = q.reshape([b, t, kv, r, hd]).permute([0, 2, 3, 1, 4]).reshape([b * kv, r * t, hd])
      k = k.reshape([b * kv, t, hd])
      v = v.reshape([b * kv, t, hd])
      m = full
      if window > 0 and window < t:
        m = self.sight(t, window, y)
      p = torch.softmax(torch.baddbmm(m, k, q.transpose(1, 2), beta=1, alpha=scale), 1)
      out = none
      a = torch.bmm(p.transpose(1, 2), v).view([b, kv, r, t, hd]).permute([0, 3, 1, 2, 4]).reshape([b * t, nh * hd])
    else:
      q = q.transpose(1, 2)
      k = self.per_query(k, r)
      v = self.per_query(v, r)
      if window > 0 and window < t:
        m = torch.slice(self.sight(t, window, y), 1, 0, t).t().contiguous(memory_format=0).view([1, 1, t, t])
        out, p = torch._scaled_dot_product_flash_attention_for_cpu(q, k, v, 0.0, False, attn_mask=m, scale=scale)
      else:
        out, p = torch._scaled_dot_product_flash_attention_for_cpu(q, k, v, 0.0, True, attn_mask=None, scale=scale)
      a = out.transpose(1, 2).reshape([b * t, nh * hd])
    if torch.numel(unpad) > 0:
      a = torch.index_select(a, 0, unpad)
    keep.append(q)
    keep.append(k)
    keep.append(v)
    keep.append(p)
    keep.append(out)
    return a
  # Gradients of queries, keys and values [n, H + 2 KV, hd]; q, k, v, p, out as kept from index i on.
  def attend_back(self: __torch__.M, da: Tensor, keep: List[Tensor], i: int, pad: Tensor, unpad: Tensor, b: int, t: int, window: int) -> Tensor:
    n = da.size(0)
    nh = self.n_heads()
    kv = self.n_kv()
    hd = self.head_dim()
    r = nh // kv
    scale = float(hd) ** -0.5
    q = keep[i]
    k = keep[i + 1]
    v = keep[i + 2]
    p = keep[i + 3]
    if torch.numel(unpad) > 0:
      da = torch.zeros([b * t, nh * hd], dtype=da.dtype, device=da.device).index_copy_(0, unpad, da)
    if self.whole(b, t):
      do = da.view([b, t, kv, r, hd]).permute([0, 2, 3, 1, 4]).reshape([b * kv, r * t, hd])
      ds = torch._softmax_backward_data(torch.bmm(v, do.transpose(1, 2)), p, 1, p.dtype).mul_(scale)
      dq = torch.bmm(ds.transpose(1, 2), k).view([b, kv, r, t, hd]).permute([0, 3, 1, 2, 4]).reshape([b, t, nh, hd])
      dk = torch.bmm(ds, q).view([b, kv, t, hd]).transpose(1, 2)
      dv = torch.bmm(p, do).view([b, kv, t, hd]).transpose(1, 2)
    else:
      do = da.view([b, t, nh, hd]).transpose(1, 2)
      if window > 0 and window < t:
        m = torch.slice(self.sight(t, window, da), 1, 0, t).t().contiguous(memory_format=0).view([1, 1, t, t])
        dq, dk, dv = torch._scaled_dot_product_flash_attention_for_cpu_backward(do, q, k, v, keep[i + 4], p, 0.0, False, attn_mask=m, scale=scale)
      else:
        dq, dk, dv = torch._scaled_dot_product_flash_attention_for_cpu_backward(do, q, k, v, keep[i + 4], p, 0.0, True, attn_mask=None, scale=scale)
      dq = dq.transpose(1, 2)
      if r > 1:
        dk = torch.sum(dk.view([b, kv, r, t, hd]), [2])
        dv = torch.sum(dv.view([b, kv, r, t, hd]), [2])
      dk = dk.transpose(1, 2)
      dv = dv.transpose(1, 2)
    dy = torch.cat([dq, dk, dv], 2).view([b * t, nh + 2 * kv, hd])
    if torch.numel(unpad) > 0:
      # Answers to one prompt share its tokens, so several cells may give to one.
      dy = torch.zeros([n, nh + 2 * kv, hd], dtype=dy.dtype, device=dy.device).index_add_(0, pad, dy)
    return dy
  def spin(self: __torch__.M, y: Tensor, c: Tensor) -> Tensor:
    heads = self.n_heads() + self.n_kv()
    n0 = torch.view_as_complex(torch.slice(y, 1, 0, heads).view([y.size(0), heads, -1, 2])).mul_(c)
    return y
  def train_layer(self: __torch__.M, h: Tensor, c: Tensor, full: Tensor, pad: Tensor, unpad: Tensor, b: int, t: int, w: List[Tensor], l: int, keep: List[Tensor]) -> Tensor:
    o = 1 + l * self.per_layer()
    dt = h.dtype
    nh = self.n_heads()
    kv = self.n_kv()
    ob = -1
    gb = -1
    ub = -1
    db = -1
    if self.out_bias():
      ob = self.out_bias_at(o)
    if self.mlp_bias():
      gb = self.mlp_bias_at(o)
      ub = gb + 1
      db = gb + 2
    r1 = self.factors(h)
    x = (h * r1).mul_(self.as_type(w[o], dt))
    j = self.joined(w, o, dt)
    y = self.times_t(x, j)
    if self.qkv_bias():
      y = y.add_(self.as_type(torch.cat([self.pairs(w[o + 9], nh), self.pairs(w[o + 10], kv), w[o + 11]]), dt))
    y = y.view([h.size(0), nh + 2 * kv, self.head_dim()])
    raw = torch.empty([0], dtype=dt, device=h.device)
    if self.qk_norm():
      raw = y
      at = self.head_norms_at(o)
      q, k, v = torch.split(raw, [nh, kv, kv], 1)
      y = torch.cat([q * self.factors(q) * self.pairs(self.as_type(w[at], dt), 1), k * self.factors(k) * self.pairs(self.as_type(w[at + 1], dt), 1), v], 1)
    keep.append(h)
    keep.append(r1)
    keep.append(raw)
    a = self.train_attend(self.spin(y, c), full, pad, unpad, b, t, self.layer_window(l), keep)
    m = self.map_onto(h, a, w, o + 4, ob)
    r2 = self.factors(m)
    x = (m * r2).mul_(self.as_type(w[o + 5], dt))
    g = self.map(x, w, o + 6, gb)
    u = self.map(x, w, o + 7, ub)
    keep.append(a)
    keep.append(m)
    keep.append(r2)
    keep.append(g)
    keep.append(u)
    return self.map_onto(m, torch.silu(g).mul_(u), w, o + 8, db)
  def layer_back(self: __torch__.M, d: Tensor, cc: Tensor, pad: Tensor, unpad: Tensor, b: int, t: int, w: List[Tensor], acc: List[Tensor], l: int, keep: List[Tensor]) -> Tensor:
    o = 1 + l * self.per_layer()
    i = l * 13
    dt = d.dtype
    nh = self.n_heads()
    kv = self.n_kv()
    hd = self.head_dim()
    # m + silu(g) u W'
    m = keep[i + 9]
    r2 = keep[i + 10]
    g = keep[i + 11]
    u = keep[i + 12]
    s = torch.silu(g)
    n0 = self.onto(acc[o + 8], d, s * u)
    df = self.times(d, self.as_type(w[o + 8], dt))
    du = s.mul_(df)
    dg = torch.silu_backward(df.mul_(u), g)
    gain = self.as_type(w[o + 5], dt)
    xn = m * r2
    x = xn * gain
    n1 = self.onto(acc[o + 6], dg, x)
    n2 = self.onto(acc[o + 7], du, x)
    dx = self.times_onto(self.times(dg, self.as_type(w[o + 6], dt)), du, self.as_type(w[o + 7], dt))
    if self.mlp_bias():
      at = self.mlp_bias_at(o)
      n3 = acc[at].add_(torch.sum(dg, [0]))
      n4 = acc[at + 1].add_(torch.sum(du, [0]))
      n5 = acc[at + 2].add_(torch.sum(d, [0]))
    d = torch.addcmul(d, self.rms_back(xn, dx, gain, acc[o + 5]), r2)
    # h + a W'
    n6 = self.onto(acc[o + 4], d, keep[i + 8])
    if self.out_bias():
      n7 = acc[self.out_bias_at(o)].add_(torch.sum(d, [0]))
    dy = self.spin(self.attend_back(self.times(d, self.as_type(w[o + 4], dt)), keep, i + 3, pad, unpad, b, t, self.layer_window(l)), cc)
    if self.qk_norm():
      at = self.head_norms_at(o)
      q, k, v = torch.split(keep[i + 2], [nh, kv, kv], 1)
      dq, dk, dv = torch.split(dy, [nh, kv, kv], 1)
      rq = self.factors(q)
      rk = self.factors(k)
      tq = self.rms_back(q * rq, dq, self.pairs(self.as_type(w[at], dt), 1), acc[at])
      tk = self.rms_back(k * rk, dk, self.pairs(self.as_type(w[at + 1], dt), 1), acc[at + 1])
      dy = torch.cat([tq * rq, tk * rk, dv], 1)
    dy = dy.view([dy.size(0), -1])
    gain = self.as_type(w[o], dt)
    r1 = keep[i + 1]
    xn = keep[i] * r1
    dj = self.crossed(dy, xn * gain)
    n8 = acc[o + 1].add_(self.halves(torch.slice(dj, 0, 0, nh * hd), nh))
    n9 = acc[o + 2].add_(self.halves(torch.slice(dj, 0, nh * hd, (nh + kv) * hd), kv))
    n10 = acc[o + 3].add_(torch.slice(dj, 0, (nh + kv) * hd, (nh + 2 * kv) * hd))
    if self.qkv_bias():
      sy = torch.sum(dy, [0])
      n11 = acc[o + 9].add_(self.halves(torch.slice(sy, 0, 0, nh * hd), nh))
      n12 = acc[o + 10].add_(self.halves(torch.slice(sy, 0, nh * hd, (nh + kv) * hd), kv))
      n13 = acc[o + 11].add_(torch.slice(sy, 0, (nh + kv) * hd, (nh + 2 * kv) * hd))
    return torch.addcmul(d, self.rms_back(xn, self.times(dy, self.joined(w, o, dt)), gain, acc[o]), r1)
  # What hidden() returns. Where nothing goes back, keep is emptied after every layer.
  def train_forward(self: __torch__.M, tok: Tensor, pos: Tensor, rows: Tensor, pad: Tensor, unpad: Tensor, b: int, t: int, dt: int, cos: Tensor, sin: Tensor, w: List[Tensor], keep: List[Tensor], back: bool) -> Tensor:
    h = self.as_type(torch.embedding(w[0], tok), dt)
    c = torch.complex(self.as_type(torch.index_select(cos, 0, pos), dt), self.as_type(torch.index_select(sin, 0, pos), dt)).unsqueeze(1)
    full = torch.empty([0], dtype=dt, device=h.device)
    if self.whole(b, t):
      full = self.sight(t, 0, h)
    for l in range(self.n_layers()):
      h = self.train_layer(h, c, full, pad, unpad, b, t, w, l, keep)
      if not back:
        keep.clear()
    if torch.numel(rows) > 0:
      h = torch.index_select(h, 0, rows)
    r = self.factors(h)
    keep.append(h)
    keep.append(r)
    return (h * r).mul_(self.as_type(w[self.norm_at()], dt))
  def train_backward(self: __torch__.M, dh: Tensor, tok: Tensor, pos: Tensor, rows: Tensor, pad: Tensor, unpad: Tensor, b: int, t: int, cos: Tensor, sin: Tensor, w: List[Tensor], acc: List[Tensor], keep: List[Tensor]) -> Tensor:
    dt = dh.dtype
    cc = torch.complex(self.as_type(torch.index_select(cos, 0, pos), dt), torch.neg(self.as_type(torch.index_select(sin, 0, pos), dt))).unsqueeze(1)
    r = keep[len(keep) - 1]
    d = self.rms_back(keep[len(keep) - 2] * r, dh, self.as_type(w[self.norm_at()], dt), acc[self.norm_at()]).mul_(r)
    if torch.numel(rows) > 0:
      d = torch.zeros([tok.size(0), d.size(1)], dtype=dt, device=d.device).index_add_(0, rows, d)
    for i in range(self.n_layers()):
      d = self.layer_back(d, cc, pad, unpad, b, t, w, acc, self.n_layers() - 1 - i, keep)
    n0 = acc[0].index_add_(0, tok, self.as_type(d, acc[0].dtype))
    return d
