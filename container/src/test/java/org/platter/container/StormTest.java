// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Everything at once, checked against a model. {@code -Dplatter.storm.seconds=3600} for an hour;
 * {@code -Dplatter.storm.seed=…} begins with that seed: what is done is the same then, as far as threads allow.
 */
class StormTest {
    private static final List<ImageKind> KINDS = List.of(
            new ImageKind("VDI", "vdi", Set.of(), Map.of("BlockSize", "65536", "Alignment", "4096")),
            ImageKind.VMDK,
            ImageKind.MARKING,
            ImageKind.SPLIT,
            ImageKind.VHD);

    @Test
    void nothingIsLostOrInventedWhateverHappensAtOnce() throws Exception {
        int seconds = Integer.getInteger("platter.storm.seconds", Thoroughness.FULL ? 120 : 10);
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        Random seeds = new Random();
        Long fixed = Long.getLong("platter.storm.seed");
        int lives = 0;
        while (System.nanoTime() < end) {
            long seed = fixed != null && lives == 0 ? fixed : seeds.nextLong();
            try {
                new StormLife(seed, KINDS).run(Duration.ofSeconds(2).toNanos());
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed + ", life " + lives, e);
            }
            lives++;
        }
    }
}
