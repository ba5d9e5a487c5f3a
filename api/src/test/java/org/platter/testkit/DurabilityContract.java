// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.CheckReport;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.testkit.CrashClock.Survival;
import org.platter.testkit.Faults.Lasting;
import org.platter.testkit.Faults.Operation;
import org.platter.testkit.TestImageContext.Mode;

/** Part of the contract: whatever fails, and whenever power is lost, what was flushed is there. */
abstract class DurabilityContract extends PromiseContract {
    private static final int STEPS = 18;
    private static final int MOST_POINTS = 30;
    private static final long SEED = 41;

    /** Points at which things go wrong: all of {@code 1…last}, or that many spread evenly. */
    private static List<Integer> points(int last) {
        List<Integer> points = new ArrayList<>();
        for (int i = 1; i <= Math.min(last, MOST_POINTS); i++) {
            points.add(last <= MOST_POINTS ? i : (int) ((long) last * i / MOST_POINTS));
        }
        return points;
    }

    private List<Workload.Step> script(Case test, OpenImage image) {
        Workload workload = workload(SEED, test, image);
        List<Workload.Step> steps = new ArrayList<>();
        Workload.Step flush = new Workload.Step(Workload.Kind.FLUSH, 0, new byte[0]);
        for (int i = 0; i < STEPS; i++) {
            steps.add(i % 6 == 5 ? flush : workload.next());
        }
        return steps;
    }

    @ParameterizedTest
    @MethodSource("variantsOnce")
    protected void flushedDataSurvivesEveryFailure(Case test) throws IOException {
        MemoryFolder origin = created(test);
        int calls = changes(test, origin);
        for (int point : points(calls)) {
            Faults faults = new Faults();
            faults.tearWrites();
            faults.fail(Operation.CHANGES, point, Lasting.EVER);
            MemoryFolder folder = origin.copy(storage -> new FaultyStorage(storage, faults));
            DiskModel model = test.model();
            OpenImage image = open(test, folder, Mode.WRITE);
            assertFails(test, image, model);
            image.close();
            faults.heal();
            assertRecovers(test, folder, model, "after failure " + point + " of " + calls);
        }
    }

    /** How many calls the script makes that change storages. */
    private int changes(Case test, MemoryFolder origin) throws IOException {
        Faults faults = new Faults();
        try (OpenImage image = open(test, origin.copy(storage -> new FaultyStorage(storage, faults)), Mode.WRITE)) {
            DiskModel model = test.model();
            for (Workload.Step step : script(test, image)) {
                step.run(image.driver(), model);
            }
        }
        return (int) Operation.CHANGES.stream().mapToLong(faults::count).sum();
    }

    private void assertFails(Case test, OpenImage image, DiskModel model) {
        try {
            for (Workload.Step step : script(test, image)) {
                step.run(image.driver(), model);
            }
        } catch (IOException e) {
            return;
        }
        throw new AssertionError("a failing storage was not noticed");
    }

    private void assertRecovers(Case test, MemoryFolder folder, DiskModel model, String when) throws IOException {
        try (OpenImage image = open(test, folder, Mode.WRITE)) {
            model.checkAfterCrash(image.driver().readAll());
            if (!image.info().can(Capability.CHECK)) {
                return;
            }
            CheckReport report = image.image().check(Progress.NONE);
            if (report.errors() + report.leaks() > 0 && image.info().can(Capability.REPAIR)) {
                image.image().repair(RepairMode.SAFE, Progress.NONE);
                image.driver().flush();
                report = image.image().check(Progress.NONE);
                assertEquals(0, report.leaks(), report.findings()::toString);
                model.checkAfterCrash(image.driver().readAll());
            }
            assertEquals(0, report.errors(), report.findings()::toString);
        } catch (IOException | AssertionError e) {
            throw new AssertionError(when + ": " + e.getMessage(), e);
        }
    }

    @ParameterizedTest
    @MethodSource("variantsOnce")
    protected void changesSucceedWhenTriedAgainAfterAFailure(Case test) throws IOException {
        MemoryFolder origin = created(test);
        int calls = changes(test, origin);
        for (int point : points(calls)) {
            Faults faults = new Faults();
            faults.fail(Operation.CHANGES, point, Lasting.ONCE);
            MemoryFolder folder = origin.copy(storage -> new FaultyStorage(storage, faults));
            DiskModel model = test.model();
            OpenImage image = open(test, folder, Mode.WRITE);
            for (Workload.Step step : script(test, image)) {
                runTwice(step, image, model, faults);
            }
            image.driver().flush();
            image = reopen(test, image);
            model.checkExactly(image.driver().readAll());
            image.close();
            model.flushed();
            assertRecovers(test, folder, model, "after failure " + point + " of " + calls + " and another try");
        }
    }

    private static void runTwice(Workload.Step step, OpenImage image, DiskModel model, Faults faults)
            throws IOException {
        long before = faults.failures();
        try {
            step.run(image.driver(), model);
        } catch (DiskException e) {
            assertEquals(before + 1, faults.failures(), () -> "failed without cause: " + e);
            step.run(image.driver(), model);
        }
    }

    @ParameterizedTest
    @MethodSource("variantsOnce")
    protected void fullHostIsReportedAndOvercome(Case test) throws IOException {
        Faults faults = new Faults();
        MemoryFolder folder = created(test).copy(storage -> new FaultyStorage(storage, faults));
        OpenImage image = open(test, folder, Mode.WRITE);
        faults.capacity(storageSize(image));
        DiskModel model = test.model();
        byte[] bytes = random(42, test.size());
        model.write(0, bytes);
        try {
            image.driver().write(0, bytes);
        } catch (DiskException e) {
            assertEquals(ErrorCode.DISK_FULL, e.code());
            model.checkAfterCrash(image.driver().readAll());
        }
        faults.heal();
        image.driver().write(0, bytes);
        image.driver().flush();
        image = reopen(test, image);
        model.checkExactly(image.driver().readAll());
        assertClean(image);
        image.close();
    }

    private record Moment(int tick, DiskModel model) {}

    @ParameterizedTest
    @MethodSource("variantsOnce")
    protected void flushedDataSurvivesALossOfPower(Case test) throws IOException {
        CrashClock clock = new CrashClock();
        MemoryFolder folder = created(test).copy(storage -> new CrashStorage((MemoryStorage) storage, clock));
        List<Moment> moments = new ArrayList<>();
        try (OpenImage image = open(test, folder, Mode.WRITE)) {
            DiskModel model = test.model();
            for (Workload.Step step : script(test, image)) {
                run(step, image, model, clock, moments);
            }
        }
        for (int tick : points(clock.now())) {
            DiskModel model = moments.stream()
                    .filter(moment -> moment.tick() >= tick)
                    .findFirst()
                    .orElseThrow()
                    .model();
            for (Survival survival : survivals(tick)) {
                assertRecovers(
                        test, crash(folder, clock, tick, survival), model, "power lost at " + tick + ", " + survival);
            }
        }
    }

    /** Notes what holds up to the last tick of the step but one, and from the last one on. */
    private static void run(
            Workload.Step step, OpenImage image, DiskModel model, CrashClock clock, List<Moment> moments)
            throws IOException {
        DiskModel during = model.copy();
        step.run(image.driver(), model);
        if (step.kind() != Workload.Kind.FLUSH) {
            during = model.copy();
        }
        moments.add(new Moment(clock.now() - 1, during));
        moments.add(new Moment(clock.now(), model.copy()));
    }

    private static List<Survival> survivals(int tick) {
        return List.of(Survival.NOTHING, Survival.EVERYTHING, Survival.some(tick), Survival.some(-tick));
    }

    /** The files as they are when power comes back. */
    private static MemoryFolder crash(MemoryFolder folder, CrashClock clock, int tick, Survival survival)
            throws IOException {
        Map<String, CrashStorage> storages = new HashMap<>();
        for (String name : folder.names()) {
            storages.put(name, (CrashStorage) folder.open(name));
        }
        MemoryFolder left = new MemoryFolder();
        clock.crash(storages, tick, survival).forEach(left::put);
        return left;
    }

    @ParameterizedTest
    @MethodSource("variantsOnce")
    protected void lossOfPowerWhileGrowingLeavesTheOldOrTheNewSize(Case test) throws IOException {
        int larger = test.size() + (8 << 20);
        CrashClock clock = new CrashClock();
        OpenImage image = create(test);
        assumeTrue(image.info().can(Capability.RESIZE));
        DiskModel model = test.model();
        write(image, model, 0, random(43, test.size() / 2 / 512 * 512 + 512));
        image.driver().flush();
        image.close();
        MemoryFolder folder = image.folder().copy(storage -> new CrashStorage((MemoryStorage) storage, clock));
        try (OpenImage growing = open(test, folder, Mode.WRITE)) {
            growing.image().resize(larger);
        }
        for (int tick : points(clock.now())) {
            for (Survival survival : survivals(tick)) {
                Set<Integer> sizes = tick == clock.now() ? Set.of(larger) : Set.of(test.size(), larger);
                assertGrown(test, crash(folder, clock, tick, survival), model, sizes);
            }
        }
    }

    private void assertGrown(Case test, MemoryFolder folder, DiskModel before, Set<Integer> sizes) throws IOException {
        try (OpenImage image = open(test, folder, Mode.WRITE)) {
            int size = (int) image.info().size();
            assertTrue(sizes.contains(size), () -> size + " is none of " + sizes);
            DiskModel model = before.copy();
            model.resize(size);
            model.checkExactly(image.driver().readAll());
        }
    }
}
