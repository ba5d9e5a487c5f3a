// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.descriptor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;
import org.platter.testkit.CrashClock;
import org.platter.testkit.CrashClock.Survival;
import org.platter.testkit.CrashStorage;
import org.platter.testkit.Faults;
import org.platter.testkit.FaultyStorage;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.RecordingStorage;

class DescriptorStoreTest {
    private static final int AREA = 20 * 512;
    private static final long POSITION = 512;
    private static final String START = "# Disk DescriptorFile\nCID=00000001\n";
    private static final String LONG = START + ("# " + "x".repeat(97) + "\n").repeat(12) + "RW 1 ZERO\n";

    private static Descriptor parse(String text) throws DiskException {
        return Descriptor.parse(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static MemoryStorage content(String text, boolean embedded) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (!embedded) {
            return MemoryStorage.of(bytes);
        }
        MemoryStorage storage = MemoryStorage.of(new byte[(int) POSITION + AREA]);
        storage.write(ByteBuffer.wrap(bytes), POSITION);
        storage.write(ByteBuffer.wrap(new byte[] {42}), POSITION + AREA);
        return storage;
    }

    private static DescriptorStore store(Storage storage, boolean embedded) throws IOException {
        return embedded ? DescriptorStore.embedded(storage, POSITION, AREA) : DescriptorStore.file(storage);
    }

    private static String read(Storage storage, boolean embedded) throws IOException {
        return new String(store(storage, embedded).read().bytes(), StandardCharsets.UTF_8);
    }

    /** Texts one after the other: in place, longer, shorter, much longer. */
    private static List<Descriptor> changes() throws DiskException {
        List<Descriptor> texts = new ArrayList<>(List.of(parse(LONG)));
        texts.add(texts.get(0).with("CID", "ffff0001"));
        texts.add(texts.get(1).withText("ddb.comment", "c".repeat(700)));
        texts.add(texts.get(2).with("CID", "ffff0002"));
        texts.add(texts.get(3).withText("ddb.comment", "d".repeat(30)).with("parentFileNameHint", "p".repeat(40)));
        texts.add(texts.get(4).without("ddb.comment"));
        texts.add(texts.get(5).with("CID", "ffff0003"));
        texts.add(texts.get(6).withText("ddb.comment", "e".repeat(2500)));
        return texts;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void lossOfPowerLeavesTheOldTextOrTheNewOne(boolean embedded) throws IOException {
        CrashClock clock = new CrashClock();
        CrashStorage storage = new CrashStorage(content(LONG, embedded), clock);
        DescriptorStore store = store(storage, embedded);
        List<Descriptor> texts = changes();
        List<Integer> ticks = new ArrayList<>();
        List<Boolean> durable = new ArrayList<>();
        for (int i = 1; i < texts.size(); i++) {
            store.write(texts.get(i));
            ticks.add(clock.now());
            if (i % 3 == 0) {
                storage.flush();
            }
            durable.add(i % 3 == 0);
        }
        for (int tick = 0; tick <= clock.now(); tick++) {
            int newest = newest(ticks, tick);
            for (int seed = 0; seed < 40; seed++) {
                Survival survival =
                        seed == 0 ? Survival.NOTHING : seed == 1 ? Survival.EVERYTHING : Survival.some(seed);
                MemoryStorage left = clock.crash(storage, tick, survival);
                assertOneOf(texts.subList(oldest(durable, ticks, tick), newest + 1), left, embedded);
            }
        }
    }

    private static int newest(List<Integer> ticks, int tick) {
        int newest = 0;
        while (newest < ticks.size() && (newest == 0 || ticks.get(newest - 1) < tick)) {
            newest++;
        }
        return newest;
    }

    private static int oldest(List<Boolean> durable, List<Integer> ticks, int tick) {
        int oldest = 0;
        for (int i = 0; i < durable.size(); i++) {
            oldest = durable.get(i) && ticks.get(i) < tick ? i + 1 : oldest;
        }
        return oldest;
    }

    /** What is left must be one of the texts, and must take another one. */
    private static void assertOneOf(List<Descriptor> texts, MemoryStorage left, boolean embedded) throws IOException {
        DescriptorStore store = store(left, embedded);
        String found = stripped(store.read().bytes());
        assertTrue(
                texts.stream().anyMatch(text -> stripped(text.bytes()).equals(found)),
                () -> "none of " + texts.size() + " texts:\n" + found);
        Descriptor next = store.read().withText("ddb.comment", "after the crash");
        store.write(next);
        assertEquals(stripped(next.bytes()), stripped(read(left, embedded).getBytes(StandardCharsets.UTF_8)));
        if (embedded) {
            assertEquals(42, left.bytes(POSITION + AREA, 1)[0]);
        }
    }

    /** Blank lines at the end do not matter. */
    private static String stripped(byte[] text) {
        return new String(text, StandardCharsets.UTF_8).stripTrailing();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFailedWriteCanBeTriedAgain(boolean embedded) throws IOException {
        List<Descriptor> texts = changes();
        for (int call = 1; call < 12; call++) {
            Faults faults = new Faults();
            faults.tearWrites();
            MemoryStorage content = content(LONG, embedded);
            DescriptorStore store = store(new FaultyStorage(content, faults), embedded);
            store.write(texts.get(2));
            faults.fail(Faults.Operation.CHANGES, call, Faults.Lasting.ONCE);
            try {
                store.write(texts.get(4));
            } catch (DiskException e) {
                String found = stripped(read(content, embedded).getBytes(StandardCharsets.UTF_8));
                assertTrue(List.of(
                                stripped(texts.get(2).bytes()),
                                stripped(texts.get(4).bytes()))
                        .contains(found));
                store.write(texts.get(5));
            }
            faults.heal();
            store.write(texts.get(7));
            assertEquals(
                    stripped(texts.get(7).bytes()),
                    stripped(read(content, embedded).getBytes(StandardCharsets.UTF_8)));
        }
    }

    @Test
    void newContentIdsAreWrittenInPlace() throws IOException {
        RecordingStorage.Log log = new RecordingStorage.Log();
        MemoryStorage content = content(LONG, false);
        DescriptorStore store = store(new RecordingStorage(content, log), false);
        log.clear();
        store.write(parse(LONG).with("CID", "abcdef01"));
        assertEquals(1, log.calls().size());
        assertArrayEquals(LONG.replace("00000001", "abcdef01").getBytes(StandardCharsets.UTF_8), content.bytes());
    }

    @Test
    void aLinkToAParentChangesAsAWhole() {
        String gap = "#" + "x".repeat(600) + "\n";
        byte[] old = ("parentCID=1\n" + gap + "ddb.uuid.parent=1\nddb.uuid.image=1\n").getBytes(StandardCharsets.UTF_8);
        byte[] half =
                ("parentCID=2\n" + gap + "ddb.uuid.parent=1\nddb.uuid.image=2\n").getBytes(StandardCharsets.UTF_8);
        byte[] both =
                ("parentCID=2\n" + gap + "ddb.uuid.parent=2\nddb.uuid.image=1\n").getBytes(StandardCharsets.UTF_8);
        assertTrue(InPlace.safe(old, half));
        assertFalse(InPlace.safe(old, both));
    }

    @Test
    void aFileIsAsLongAsItsText() throws IOException {
        MemoryStorage content = content(LONG, false);
        DescriptorStore store = store(content, false);
        for (Descriptor each : changes()) {
            store.write(each);
            assertArrayEquals(each.bytes(), content.bytes());
        }
    }

    @Test
    void theAreaBehindATextIsEmpty() throws IOException {
        MemoryStorage content = content(LONG, true);
        DescriptorStore store = store(content, true);
        for (Descriptor each : changes()) {
            store.write(each);
            byte[] area = content.bytes(POSITION, AREA);
            assertArrayEquals(Arrays.copyOf(each.bytes(), AREA), area);
        }
    }

    @Test
    void whatDoesNotFitIsRefusedAndTheOldTextStays() throws IOException {
        MemoryStorage content = content(LONG, true);
        DescriptorStore store = store(content, true);
        Descriptor large = parse(LONG).withText("ddb.comment", "x".repeat(AREA));
        DiskException e = assertThrows(DiskException.class, () -> store.write(large));
        assertEquals(ErrorCode.BAD_SIZE, e.code());
        assertEquals(LONG, read(content, true));
    }

    @Test
    void aTextThatNearlyFillsItsAreaIsStillReplaced() throws IOException {
        MemoryStorage content = content(LONG, true);
        DescriptorStore store = store(content, true);
        Descriptor large = parse(LONG).withText("ddb.comment", "x".repeat(AREA - LONG.length() - 40));
        store.write(large);
        assertArrayEquals(large.bytes(), store(content, true).read().bytes());
        store.write(parse(LONG));
        assertEquals(LONG, read(content, true));
    }

    @Test
    void filesThatAreTooLargeAreRefused() {
        MemoryStorage large = MemoryStorage.named("large");
        assertThrows(DiskException.class, () -> {
            large.resize(1L << 40);
            DescriptorStore.file(large);
        });
        assertThrows(
                DiskException.class,
                () -> DescriptorStore.file(
                        MemoryStorage.of((START + "# y\n".repeat(300_000)).getBytes(StandardCharsets.UTF_8))));
    }

    @Test
    void aDamagedJournalIsNotBelieved() throws IOException {
        byte[] journal =
                DescriptorJournal.of(new byte[512], new byte[512], parse(START).bytes());
        for (int i = 0; i < journal.length; i += 3) {
            byte[] bad = journal.clone();
            bad[i] ^= 0x15;
            byte[] all = Arrays.copyOf(LONG.getBytes(StandardCharsets.UTF_8), 2048 + bad.length);
            System.arraycopy(bad, 0, all, 2048, bad.length);
            String found = read(MemoryStorage.of(all), false);
            assertTrue(found.equals(START) || found.startsWith(LONG), found);
        }
    }
}
