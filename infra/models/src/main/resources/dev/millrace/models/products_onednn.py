  # ---- products of training by oneDNN where they are large (CPU, float32): where a CPU has AVX-512 they take
  # half the time of those of MKL, which may not use it. Matrices are passed as they stand, so nothing is
  # laid out and the rows may have any number. A new number of rows costs 0.3 ms.
  def large(self: __torch__.M, x: Tensor, outputs: int) -> bool:
    return x.dtype == 6 and torch.numel(x) * outputs > 100000000
  def product(self: __torch__.M, x: Tensor, w: Tensor) -> Tensor:
    return ops.mkldnn._linear_pointwise(x, w, None, "none", annotate(List[Optional[number]], []), None)
  # x w'
  def times_t(self: __torch__.M, x: Tensor, w: Tensor) -> Tensor:
    if self.large(x, w.size(0)):
      return self.product(x, w)
    return torch.linear(x, w)
  # x w
  def times(self: __torch__.M, x: Tensor, w: Tensor) -> Tensor:
    if self.large(x, w.size(1)):
      return self.product(x, w.t())
    return torch.mm(x, w)
  # h + x w'
  def times_t_onto(self: __torch__.M, h: Tensor, x: Tensor, w: Tensor) -> Tensor:
    if self.large(x, w.size(0)):
      return self.product(x, w).add_(h)
    return torch.addmm(h, x, w.t())
  # y + x w
  def times_onto(self: __torch__.M, y: Tensor, x: Tensor, w: Tensor) -> Tensor:
    if self.large(x, w.size(1)):
      return y.add_(self.product(x, w.t()))
    return y.addmm_(x, w)
  # a' b; the first operand is copied across, so it is the narrower one.
  def crossed(self: __torch__.M, a: Tensor, b: Tensor) -> Tensor:
    if not self.large(a, b.size(1)):
      return torch.mm(a.t(), b)
    if a.size(1) <= b.size(1):
      return self.product(a.t().contiguous(memory_format=0), b.t())
    return self.product(b.t().contiguous(memory_format=0), a.t()).t()
  # acc + a' b; into a matrix of 32 MB and more directly, since page faults of another cost more than is won.
  def onto(self: __torch__.M, acc: Tensor, a: Tensor, b: Tensor) -> Tensor:
    if acc.dtype != a.dtype:
      return acc.add_(torch.mm(a.t(), b))
    if not self.large(a, b.size(1)) or torch.numel(acc) > 8000000:
      return acc.addmm_(a.t(), b)
    return acc.add_(self.crossed(a, b))
