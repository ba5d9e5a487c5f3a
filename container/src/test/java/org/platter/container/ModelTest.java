// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.platter.backend.raw.RawBackend;
import org.platter.backend.vdi.VdiBackend;
import org.platter.container.ModelRun.Kind;

/**
 * Random lives of chains of mixed formats, for as long as the system property {@code platter.model.seconds} says (10 by
 * default). A failure names its seed; {@code platter.model.seed} repeats it.
 */
class ModelTest {
    private static final List<Kind> KINDS = List.of(
            new Kind("RAW", "img", false, Map.of()),
            new Kind("VDI", "vdi", true, Map.of()),
            new Kind("VDI", "vdi", true, Map.of("BlockSize", "65536", "Alignment", "4096")),
            new Kind("VDI", "vdi", true, Map.of("BlockSize", "4096", "Alignment", "512")));

    @Test
    void chainsReadAsTheirModels() throws Exception {
        String fixed = System.getProperty("platter.model.seed");
        if (fixed != null) {
            live(Long.parseLong(fixed));
            return;
        }
        long end = System.nanoTime()
                + Duration.ofSeconds(Integer.getInteger("platter.model.seconds", 10))
                        .toNanos();
        Random seeds = new Random();
        while (System.nanoTime() < end) {
            live(seeds.nextLong());
        }
    }

    private static void live(long seed) throws IOException {
        try (TestPlatform platform =
                new TestPlatform().with(new RawBackend()).with(new VdiBackend()).with("mem", new MemoryProvider())) {
            new ModelRun(platform.manager(), KINDS, seed).run(60);
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed, e);
        }
    }
}
