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
  def decode(self: __torch__.M, n: int, e: int, ragged: bool, lean: bool, st: List[Tensor], io: List[Tensor], mask: Tensor, mode: int, topn: int, rot: Tensor, w: List[Tensor], single: List[Tensor], c: List[Tensor], c1: List[Tensor]) -> Tensor:
    at = torch.slice(st[1], 0, 0, n)
    cur = torch.slice(st[0], 0, 0, n)
    if lean:
      n0 = self.finish(self.one(cur, e - 1, rot, single, c1), 0, st, 0, io, mask, mode, topn)
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
