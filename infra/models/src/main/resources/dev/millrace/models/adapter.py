# Adapters (Hu et al. 2021) added to the maps that they adapt.
class M(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # w: maps [out, in]; p: A [rank, in] and B [out, rank] of each, one after the other.
  def merge(self: __torch__.M, w: List[Tensor], p: List[Tensor], scale: Tensor) -> List[Tensor]:
    out = annotate(List[Tensor], [])
    for i in range(len(w)):
      out.append(torch.addmm(w[i], p[2 * i + 1], p[2 * i], beta=1, alpha=float(scale)))
    return out
