package dev.millrace.models.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScriptModuleTest {

  private static final TorchRuntime CPU = TorchRuntime.cpu();
  private static final String HEADER =
      "class M(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n";
  private static final String SOURCE =
      HEADER
          + """
            def twice(self: __torch__.M, x: Tensor) -> Tensor:
              return x * 2.0
            def inner(self: __torch__.M, a: Tensor, b: Tensor) -> Tensor:
              return torch.mm(a, b)
            def outer(self: __torch__.M, a: Tensor, b: Tensor) -> Tensor:
              return self.inner(a, b)
            def gradient(self: __torch__.M, y: Tensor, w: List[Tensor]) -> List[Tensor]:
              gs = torch.grad([y], w)
              return [unchecked_cast(Tensor, gs[0])]
          """;

  @Test
  void the_same_source_gives_the_same_archive() {
    assertThat(TorchScriptArchive.of(SOURCE)).isEqualTo(TorchScriptArchive.of(SOURCE));
  }

  @Test
  void a_failing_method_reports_its_own_traceback() {
    try (ScriptModule module = ScriptModule.compile(CPU, SOURCE);
        Scope scope = Scope.open(CPU)) {
      NDArray a = scope.floats(new float[6], 2, 3);
      NDArray b = scope.floats(new float[8], 4, 2);
      assertThatThrownBy(() -> module.infer(scope, 1, "outer", a, b))
          .isInstanceOf(ScriptException.class)
          .hasMessageContaining("script method 'outer' failed")
          .hasMessageContaining("in inner")
          .hasMessageContaining("torch.mm(a, b)")
          .hasMessageContaining("mat1 and mat2 shapes cannot be multiplied (2x3 and 4x2)");
    }
  }

  @Test
  void a_mistake_in_a_script_is_reported_with_its_line() {
    assertThatThrownBy(
            () ->
                ScriptModule.compile(
                    CPU,
                    HEADER
                        + "  def f(self: __torch__.M, x: Tensor) -> Tensor:\n"
                        + "    return torch.nonsense(x)\n"))
        .isInstanceOf(ScriptException.class)
        .hasMessageContaining("nonsense")
        .hasMessageContaining("line 6");
  }

  @Test
  void gradients_flow_through_differentiable_calls_only() {
    try (ScriptModule module = ScriptModule.compile(CPU, SOURCE);
        Scope scope = Scope.open(CPU)) {
      NDArray x = scope.floats(new float[] {3});
      x.setRequiresGradient(true);
      NDArray y = module.differentiable(scope, 1, "twice", x).singletonOrThrow();
      NDArray gradient = module.differentiable(scope, 1, "gradient", y, List.of(x)).get(0);
      assertThat(gradient.toFloatArray()).containsExactly(2);

      NDArray plain = module.plain(scope, 1, "twice", x).singletonOrThrow();
      assertThatThrownBy(() -> module.differentiable(scope, 1, "gradient", plain, List.of(x)))
          .hasMessageContaining("does not require grad");
    }
  }

  @Test
  void a_scope_frees_what_was_made_in_it() {
    long before = Scope.openScopes();
    try (ScriptModule module = ScriptModule.compile(CPU, SOURCE)) {
      NDArray result;
      try (Scope scope = Scope.open(CPU)) {
        try (Scope child = scope.child()) {
          result = module.infer(child, 1, "twice", child.floats(new float[] {1})).get(0);
          assertThat(child.tensors()).isEqualTo(2);
        }
        assertThat(scope.tensors()).isZero();
      }
      assertThat(result.isReleased()).isTrue();
    }
    assertThat(Scope.openScopes()).isEqualTo(before);
  }
}
