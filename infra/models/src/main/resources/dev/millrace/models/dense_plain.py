  # ---- linear maps over plain matrices; an empty bias is none
  def dense(self: __torch__.M, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    if torch.numel(b) > 0:
      return torch.linear(x, w, b)
    return torch.linear(x, w)
  def dense_onto(self: __torch__.M, h: Tensor, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    if torch.numel(b) > 0:
      return torch.linear(x, w, b).add_(h)
    return torch.addmm(h, x, w.t())
  def pack(self: __torch__.M, f: List[Tensor]) -> List[Tensor]:
    return f
