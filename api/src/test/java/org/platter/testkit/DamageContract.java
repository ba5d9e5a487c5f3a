// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.platter.error.DiskException;
import org.platter.format.Capability;
import org.platter.format.CheckReport;
import org.platter.format.ImageAttributes;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.testkit.RecordingStorage.Call;
import org.platter.testkit.RecordingStorage.Kind;
import org.platter.testkit.RecordingStorage.Log;
import org.platter.testkit.TestImageContext.Mode;

/** Part of the contract: damaged images work or are refused with a {@link DiskException}, never anything else. */
abstract class DamageContract extends DurabilityContract {
    private static final int FLIPS = 150;

    /** A place where the format reads metadata. */
    private record Place(String file, long position, int length) {}

    @ParameterizedTest
    @MethodSource("variantsSmall")
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    protected void truncatedImagesWorkOrAreRefused(Case test) throws IOException {
        MemoryFolder origin = used(test);
        for (String file : origin.names()) {
            for (long length : lengths(test, origin, file)) {
                MemoryFolder folder = origin.copy();
                folder.bare(file).resize(length);
                assertBehaves(test, folder, file + " cut to " + length);
            }
        }
    }

    /** A image with some data, flushed. */
    private MemoryFolder used(Case test) throws IOException {
        try (OpenImage image = create(test)) {
            image.driver().write(0, random(50, 512));
            image.driver().write(test.size() - 512, random(51, 512));
            image.driver().free(0, block(image, test));
            image.driver().flush();
            image.driver().write(test.size() / 2 / 512 * 512, random(52, 512));
            image.driver().flush();
            return image.folder();
        }
    }

    private TreeSet<Long> lengths(Case test, MemoryFolder origin, String file) throws IOException {
        long size = origin.bare(file).size();
        TreeSet<Long> lengths =
                new TreeSet<>(List.of(0L, 1L, 4L, 63L, 511L, 512L, 1024L, size / 2, size - 512, size - 1));
        for (Place place : metadata(test, origin)) {
            if (place.file().equals(file)) {
                lengths.add(place.position());
                lengths.add(place.position() + 1);
                lengths.add(place.position() + place.length() - 1);
                lengths.add(place.position() + place.length());
            }
        }
        lengths.removeIf(length -> length < 0 || length >= size);
        while (lengths.size() > 100) {
            lengths.remove(new ArrayList<>(lengths).get(lengths.size() / 2));
        }
        return lengths;
    }

    /** Where the format reads when it opens, maps and checks: that is its metadata. */
    private List<Place> metadata(Case test, MemoryFolder origin) throws IOException {
        Log log = new Log();
        MemoryFolder folder = origin.copy(storage -> new RecordingStorage(storage, log));
        try (OpenImage image = open(test, folder, Mode.READ)) {
            image.driver().allData();
            mapAll(image);
            if (image.info().can(Capability.CHECK)) {
                image.image().check(Progress.NONE);
            }
        }
        List<Place> places = new ArrayList<>();
        for (String file : origin.names()) {
            for (Call call : log.calls(Kind.READ)) {
                if (call.storage().equals(MemoryStorage.locationOf(file)) && call.length() > 0) {
                    places.add(new Place(file, call.position(), (int) call.length()));
                }
            }
        }
        return places.stream().distinct().toList();
    }

    private static void mapAll(OpenImage image) throws IOException {
        long size = image.info().size();
        for (long at = 0, runs = 0; at < size && runs < 100_000; runs++) {
            at = image.driver().map(at, size - at).end();
        }
    }

    @ParameterizedTest
    @MethodSource("variantsSmall")
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    protected void imagesWithFlippedBitsWorkOrAreRefused(Case test) throws IOException {
        MemoryFolder origin = used(test);
        List<Place> places = metadata(test, origin);
        for (int seed = 0; seed < FLIPS && !places.isEmpty(); seed++) {
            MemoryFolder folder = origin.copy();
            assertBehaves(test, folder, damage(folder, places, new Random(seed)));
        }
    }

    /** Changes one to three places; small places, such as headers, are hit as often as large ones, such as tables. */
    private static String damage(MemoryFolder folder, List<Place> places, Random random) throws IOException {
        StringBuilder what = new StringBuilder();
        for (int count = 1 + random.nextInt(3); count > 0; count--) {
            Place place = places.get(random.nextInt(places.size()));
            int most = random.nextBoolean() ? Math.min(place.length(), 512) : place.length();
            long position = place.position() + random.nextInt(most);
            MemoryStorage storage = folder.bare(place.file());
            byte[] old = storage.bytes(position, 1);
            byte value = (byte) (random.nextInt(4) == 0 ? 0xFF : old[0] ^ 1 << random.nextInt(8));
            storage.write(ByteBuffer.wrap(new byte[] {value}), position);
            what.append(place.file())
                    .append('@')
                    .append(position)
                    .append('=')
                    .append(value & 0xFF)
                    .append(' ');
        }
        return what.toString();
    }

    /** Tries everything, for reading on the files themselves, for writing on a copy. */
    private void assertBehaves(Case test, MemoryFolder folder, String what) {
        try {
            MemoryFolder before = folder.copy();
            long memory = allocatedMemory();
            attempt(() -> readEverything(test, folder, Mode.READ));
            attempt(() -> open(test, folder, Mode.INFO).close());
            attempt(() -> backend().probe(folder.bare(fileName())));
            memory = allocatedMemory() - memory;
            if (memory > MOST_MEMORY) {
                throw new AssertionError("took " + memory + " bytes of memory");
            }
            if (!folder.sameBytes(before)) {
                throw new AssertionError("was changed by reading");
            }
            attempt(() -> changeEverything(test, folder.copy()));
            attempt(() -> repair(test, folder.copy()));
        } catch (IOException | RuntimeException | Error e) {
            throw new AssertionError("damaged image " + what + ": " + e, e);
        }
    }

    private static void attempt(Action action) throws IOException {
        try {
            action.run();
        } catch (DiskException e) {
            if (e.getMessage().isEmpty()) {
                throw new AssertionError("a failure without reason", e);
            }
        }
    }

    private void readEverything(Case test, MemoryFolder folder, Mode mode) throws IOException {
        try (OpenImage image = open(test, folder, mode)) {
            attempt(() -> mapAll(image));
            for (long at = 0; at < image.info().size() && at < 2L * test.size(); at += 65536) {
                long offset = at;
                attempt(() -> image.driver().read(offset, 512));
            }
            if (image.info().can(Capability.CHECK)) {
                attempt(() -> image.image().check(Progress.NONE));
            }
        }
    }

    private void changeEverything(Case test, MemoryFolder folder) throws IOException {
        try (OpenImage image = open(test, folder, Mode.WRITE)) {
            long size = Math.min(test.size(), image.info().size());
            if (size < 512) {
                return;
            }
            attempt(() -> image.driver().write(0, new byte[512]));
            attempt(() -> image.driver().write(size / 2 / 512 * 512, random(53, 512)));
            attempt(() -> image.driver().free(0, Math.min(size, block(image, test))));
            attempt(() -> image.image().update(ImageAttributes.NONE.withComment("x")));
            attempt(() -> image.image().flush());
            attempt(() -> image.image().resize(size + (1 << 20)));
        }
    }

    /** What repair leaves without complaint is clean. */
    private void repair(Case test, MemoryFolder folder) throws IOException {
        try (OpenImage image = open(test, folder, Mode.WRITE)) {
            if (!image.info().can(Capability.REPAIR)) {
                return;
            }
            CheckReport repaired = image.image().repair(RepairMode.SAFE, Progress.NONE);
            image.image().flush();
            if (repaired.errors() == 0) {
                CheckReport report = image.image().check(Progress.NONE);
                assertEquals(0, report.errors(), () -> "after repair: " + report.findings());
            }
        }
    }
}
