  # ---- linear maps over matrices that pack() has laid out for oneDNN (CPU, float32); an empty bias is none
  def dense(self: __torch__.M, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    if torch.numel(b) > 0:
      return ops.mkldnn._linear_pointwise(x, w, b, "none", annotate(List[Optional[number]], []), None)
    return ops.mkldnn._linear_pointwise(x, w, None, "none", annotate(List[Optional[number]], []), None)
  def dense_onto(self: __torch__.M, h: Tensor, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return self.dense(x, w, b).add_(h)
  # The matrices of each layer and the head; the rest is shared.
  def pack(self: __torch__.M, f: List[Tensor]) -> List[Tensor]:
    p = annotate(List[Tensor], [])
    n = len(f)
    for i in range(n):
      k = (i - 1) % 12
      if i == n - 1 or (i > 0 and i < n - 2 and (k == 1 or k == 2 or k == 4 or k == 5)):
        p.append(ops.mkldnn._reorder_linear_weight(f[i]))
      else:
        p.append(f[i])
    return p
