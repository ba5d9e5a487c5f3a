// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Random lives of chains of mixed formats, for as long as the system property {@code platter.model.seconds} says (3 by
 * default, 60 where {@code PLATTER_CI} is true). A failure names its seed; {@code platter.model.seed} repeats it.
 */
class ModelTest {
    private static final List<ImageKind> KINDS = List.of(
            ImageKind.RAW,
            ImageKind.VDI,
            new ImageKind("VDI", "vdi", Set.of(), Map.of()),
            new ImageKind("VDI", "vdi", Set.of(), Map.of("BlockSize", "65536", "Alignment", "4096")),
            ImageKind.VMDK,
            ImageKind.MARKING,
            ImageKind.SPLIT,
            new ImageKind("VMDK", "vmdk", Set.of(), Map.of()),
            ImageKind.VHD,
            new ImageKind("VHD", "vhd", Set.of(), Map.of()));

    @Test
    void chainsReadAsTheirModels() throws Exception {
        String fixed = System.getProperty("platter.model.seed");
        if (fixed != null) {
            live(Long.parseLong(fixed));
            return;
        }
        int seconds = Integer.getInteger("platter.model.seconds", Thoroughness.FULL ? 60 : 3);
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        Random seeds = new Random();
        while (System.nanoTime() < end) {
            live(seeds.nextLong());
        }
    }

    private static void live(long seed) throws IOException {
        try (TestPlatform platform = TestPlatform.withFileFormats(new MemoryProvider())) {
            new ModelRun(platform.manager(), KINDS, seed).run(60);
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed, e);
        }
    }
}
