package dev.millrace.models.decoder;

import dev.millrace.models.script.Scope;
import dev.millrace.models.script.TorchRuntime;
import java.util.List;
import org.junit.jupiter.api.Test;

class SmokeTest {
  @Test
  void runs() {
    TorchRuntime rt = TorchRuntime.cpu(System.out::println);
    DecoderConfig c = DecoderConfig.llama(64, 32, 2, 4, 2, 48, 64);
    try (DecoderWeights w = DecoderWeights.random(rt, c, Initialisation.SCALED, 1);
        Decoder d = Decoder.of(w);
        Scope s = Scope.open(rt)) {
      System.out.println(d.logits(s, List.of(new int[] {1, 2, 3}, new int[] {4, 5})));
    }
  }
}
