  # ---- products of training: x w', x w, h + x w', y + x w, a' b, acc + a' b
  def times_t(self: __torch__.M, x: Tensor, w: Tensor) -> Tensor:
    return torch.linear(x, w)
  def times(self: __torch__.M, x: Tensor, w: Tensor) -> Tensor:
    return torch.mm(x, w)
  def times_t_onto(self: __torch__.M, h: Tensor, x: Tensor, w: Tensor) -> Tensor:
    return torch.addmm(h, x, w.t())
  def times_onto(self: __torch__.M, y: Tensor, x: Tensor, w: Tensor) -> Tensor:
    return y.addmm_(x, w)
  def crossed(self: __torch__.M, a: Tensor, b: Tensor) -> Tensor:
    return torch.mm(a.t(), b)
  def onto(self: __torch__.M, acc: Tensor, a: Tensor, b: Tensor) -> Tensor:
    if acc.dtype == a.dtype:
      return acc.addmm_(a.t(), b)
    return acc.add_(torch.mm(a.t(), b))
