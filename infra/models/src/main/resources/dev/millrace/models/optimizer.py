# AdamW (Loshchilov and Hutter 2019) and what goes with it, over lists that Java passes in.
class M(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  def square_sum(self: __torch__.M, g: List[Tensor]) -> Tensor:
    s = annotate(List[Tensor], [])
    for i in range(len(g)):
      x = g[i].view([-1])
      s.append(torch.dot(x, x))
    return torch.sum(torch.stack(s), dtype=7)
  def scale(self: __torch__.M, g: List[Tensor], f: float) -> Tensor:
    torch._foreach_mul_(g, f)
    return g[0]
  def zero(self: __torch__.M, g: List[Tensor]) -> Tensor:
    torch._foreach_zero_(g)
    return g[0]
  def copy(self: __torch__.M, source: List[Tensor], target: List[Tensor]) -> Tensor:
    for i in range(len(target)):
      n = target[i].copy_(source[i])
    return target[0]
  # t: step counters, one a tensor, of which this is the next.
  def adamw(self: __torch__.M, w: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], t: List[Tensor], lr: float, beta1: float, beta2: float, eps: float, decay: float) -> Tensor:
    torch._foreach_add_(t, 1.0)
    mx = annotate(List[Tensor], [])
    torch._fused_adamw_(w, g, m, v, mx, t, lr=lr, beta1=beta1, beta2=beta2, weight_decay=decay, eps=eps, amsgrad=False, maximize=False)
    return t[0]
