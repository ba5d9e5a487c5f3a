// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.platter.container.Expectation.Promise;
import org.platter.testkit.CrashClock.Survival;

/** Power is lost after each change of a storage or a name: whatever was flushed is there, and the chain opens. */
class CrashTest {
    private record Moment(int tick, Promise promise) {}

    static Stream<Arguments> operationsOnChains() throws IOException {
        List<SmallChain> chains = List.of(
                SmallChain.of(ImageKind.RAW),
                SmallChain.of(ImageKind.VDI, ImageKind.VDI, ImageKind.VDI),
                SmallChain.of(ImageKind.VMDK, ImageKind.VMDK, ImageKind.VMDK),
                SmallChain.of(ImageKind.SPLIT, ImageKind.SPLIT, ImageKind.SPLIT),
                SmallChain.of(ImageKind.VHD, ImageKind.VHD, ImageKind.VHD),
                SmallChain.of(ImageKind.RAW, ImageKind.MARKING, ImageKind.VHD),
                SmallChain.of(ImageKind.VHD, ImageKind.VDI, ImageKind.SPLIT));
        return chains.stream()
                .flatMap(chain -> Arrays.stream(ChainOperation.values())
                        .filter(operation -> operation.fits(chain))
                        .map(operation -> Arguments.of(operation, chain)));
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("operationsOnChains")
    void flushedDataSurvivesALossOfPower(ChainOperation operation, SmallChain chain) throws IOException {
        CrashFolder folder = new CrashFolder(chain.files());
        List<Moment> moments = new ArrayList<>();
        Stage.Observer observer = new Stage.Observer() {
            private Promise during;

            @Override
            public void before(Promise promise) {
                during = promise;
            }

            @Override
            public void after(Promise promise) {
                moments.add(new Moment(folder.now() - 1, during));
                moments.add(new Moment(folder.now(), promise));
            }
        };
        int start = folder.now();
        try (TestPlatform platform = TestPlatform.withFileFormats(folder);
                Stage stage = new Stage(platform.manager(), chain, observer)) {
            operation.run(stage);
        }
        int end = moments.get(moments.size() - 1).tick();
        List<String> losses = IntStream.rangeClosed(start, end)
                .parallel()
                .mapToObj(tick -> crash(folder, moments, tick))
                .flatMap(List::stream)
                .toList();
        assertTrue(
                losses.isEmpty(),
                () -> operation + " on " + chain + " fails " + losses.size() + " times, first with " + losses.get(0));
    }

    /** Says what goes wrong. */
    private static List<String> crash(CrashFolder folder, List<Moment> moments, int tick) {
        List<String> losses = new ArrayList<>();
        Promise promise = moments.stream()
                .filter(moment -> moment.tick() >= tick)
                .findFirst()
                .orElseThrow()
                .promise();
        for (Survival survival : survivals(tick)) {
            try {
                Recovery.verify(folder.crash(tick, survival), promise);
            } catch (IOException | AssertionError e) {
                losses.add("power lost at " + tick + ", " + survival + ": " + e.getMessage());
            }
        }
        return losses;
    }

    private static List<Survival> survivals(int tick) {
        if (Thoroughness.FULL) {
            return List.of(Survival.NOTHING, Survival.EVERYTHING, Survival.some(tick), Survival.some(-tick));
        }
        return List.of(Survival.NOTHING, tick % 2 == 0 ? Survival.EVERYTHING : Survival.some(tick));
    }
}
