// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.error.DiskException;

/** Data and counters against a scripted target. Numbers refer to docs/formats/iscsi.md, section 18. */
@Timeout(60)
class FakeDataTest {
    static final String[] SHORT = {"Timeout", "1000", "RecoveryTimeout", "1000", "CommandTimeout", "1000"};

    private static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** 17: every row of the write table, with sizes around each limit. */
    @ParameterizedTest
    @CsvSource({
        "Yes,Yes,512,8192,512",
        "Yes,No,8192,65536,8192",
        "No,Yes,8192,16384,4096",
        "No,No,512,1024,1024",
        "No,Yes,65536,262144,65536",
        "Yes,Yes,262144,512,65536"
    })
    void writesEverySizeUnderEveryAgreement(String initial, String immediate, int segment, int burst, int first)
            throws Exception {
        try (FakeTarget target = new FakeTarget()) {
            target.keys.put("InitialR2T", initial);
            target.keys.put("ImmediateData", immediate);
            target.keys.put("MaxRecvDataSegmentLength", "" + segment);
            target.keys.put("MaxBurstLength", "" + burst);
            target.keys.put("FirstBurstLength", "" + first);
            try (Unit unit = Unit.open(target.url())) {
                for (int size : new int[] {512, 1024, 4096, 8192, 8704, 65536, 262144, 300032}) {
                    byte[] bytes = random(size, size);
                    unit.write(bytes, 1024);
                    assertArrayEquals(bytes, unit.read(1024, size), "size " + size);
                    assertArrayEquals(bytes, Arrays.copyOfRange(target.disk, 1024, 1024 + size));
                }
            }
            int most = target.received.stream()
                    .filter(m -> m.opcode() == 5 || m.opcode() == 1)
                    .mapToInt(m -> m.data().length)
                    .max()
                    .orElse(0);
            assertTrue(most <= segment, most + " > " + segment);
        }
    }

    /** 1: a target that names no limit for data segments has one. */
    @Test
    void keepsTo8192BytesWhereTheTargetSaysNothing() throws Exception {
        try (FakeTarget target = new FakeTarget()) {
            target.keys.put("InitialR2T", "No");
            target.keys.put("ImmediateData", "Yes");
            try (Unit unit = Unit.open(target.url())) {
                byte[] bytes = random(400_000, 3);
                unit.write(bytes, 0);
                assertArrayEquals(bytes, unit.read(0, bytes.length));
            }
            int longest = target.received.stream()
                    .mapToInt(message -> message.data().length)
                    .max()
                    .orElse(0);
            assertEquals(8192, longest);
        }
    }

    /** 13: counters that wrap. */
    @Test
    void goesOnAcrossTheWrapOfAllCounters() throws Exception {
        try (FakeTarget target = new FakeTarget()) {
            target.firstSn = 0xFFFFFFFA;
            try (Unit unit = Unit.open(target.url())) {
                for (int i = 0; i < 100; i++) {
                    unit.write(random(512, i), i * 512);
                    assertArrayEquals(random(512, i), unit.read(i * 512, 512));
                }
            }
            assertEquals(1, target.logins.get());
        }
    }

    /** 14: a window of one, and never more in flight. */
    @Test
    void keepsToAWindowOfOne() throws Exception {
        AtomicInteger inFlight = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        try (FakeTarget target = new FakeTarget()) {
            target.window = 1;
            target.script = (talk, message) -> {
                if (message.is(0x28)) {
                    most.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
                    inFlight.decrementAndGet();
                }
                return false;
            };
            try (Unit unit = Unit.open(target.url())) {
                Workload load = new Workload(unit.storage(), 32, 64);
                load.start();
                RecoveryTest.pass(200);
                load.endAndVerify();
            }
            assertEquals(1, target.logins.get());
        }
    }

    /** 14: a closed window that a NOP-In opens. */
    @Test
    void waitsForAClosedWindowToOpen() throws Exception {
        AtomicBoolean closed = new AtomicBoolean();
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> {
            if (message.is(0x28) && closed.compareAndSet(false, true)) {
                FakeTarget.Message response = talk.stamp(FakeTarget.Message.of(0x25, 0x81), true);
                response.put(16, message.itt()).put(20, -1).put(32, talk.expCmdSn - 1);
                talk.send(response.with(new byte[512]));
                talk.flush();
                new Thread(() -> {
                            try {
                                RecoveryTest.pass(700);
                                talk.send(talk.stamp(
                                        FakeTarget.Message.of(0x20, 0x80)
                                                .put(16, -1)
                                                .put(20, -1),
                                        false));
                                talk.flush();
                            } catch (IOException | InterruptedException e) {
                                talk.hangUp();
                            }
                        })
                        .start();
                return true;
            }
            return false;
        })) {
            target.window = 0;
            target.window = 1;
            try (Unit unit = Unit.open(target.url())) {
                unit.read(0, 512);
                long start = System.nanoTime();
                unit.read(512, 512);
                assertTrue(System.nanoTime() - start > 1_000_000);
            }
            assertEquals(1, target.logins.get());
        }
    }

    /** 19, 20, 21: data that does not fit is an error and touches nothing else. */
    @ParameterizedTest
    @ValueSource(strings = {"past", "wrap", "sn", "short", "empty", "gap", "written", "unknown"})
    void refusesDataThatDoesNotFit(String kind) throws Exception {
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> {
            if (message.is(0x2A) && kind.equals("written")) {
                talk.dataIn(message.itt(), 0, 0, new byte[512]);
                return true;
            }
            if (!message.is(0x28)) {
                return false;
            }
            byte[] evil = new byte[512];
            Arrays.fill(evil, (byte) 0xEE);
            switch (kind) {
                case "past" -> talk.dataIn(message.itt(), 0, 512, new byte[1024]);
                case "wrap" -> talk.dataIn(message.itt(), 0, -512, evil);
                case "sn" -> talk.dataIn(message.itt(), 3, 0, evil);
                case "gap" -> talk.dataIn(message.itt(), 0, 512, evil);
                case "unknown" -> talk.dataIn(message.itt() + 77, 0, 0, evil);
                case "empty" -> talk.dataIn(message.itt(), 0, 0);
                case "short" -> talk.answer(message, new byte[512]);
                default -> talk.respond(message.itt(), 0);
            }
            return true;
        })) {
            try (Unit unit = Unit.open(target.url(), SHORT)) {
                java.nio.ByteBuffer big = java.nio.ByteBuffer.allocateDirect(4096);
                java.nio.ByteBuffer middle = big.slice(1024, 1024);
                if (kind.equals("written")) {
                    assertThrows(DiskException.class, () -> unit.write(new byte[1024], 0));
                } else {
                    assertThrows(DiskException.class, () -> unit.storage().read(middle, 0));
                }
                for (int i = 0; i < 4096; i++) {
                    assertTrue(big.get(i) == 0 || i >= 1024 && i < 2048, "byte " + i);
                }
            }
        }
    }

    /** 18: several R2Ts at a time are served in order. */
    @Test
    void servesSeveralRequestsForDataAtATime() throws Exception {
        AtomicInteger got = new AtomicInteger();
        byte[] disk = new byte[8192];
        AtomicInteger itt = new AtomicInteger();
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> {
            if (message.is(0x2A)) {
                itt.set(message.itt());
                talk.r2t(message.itt(), 5, 0, 0, 1024);
                talk.r2t(message.itt(), 9, 1, 1024, 6144);
                talk.r2t(message.itt(), 7, 2, 7168, 1024);
                return true;
            }
            if (message.opcode() == 5) {
                System.arraycopy(message.data(), 0, disk, message.i32(40), message.data().length);
                if (got.addAndGet(message.data().length) == 8192) {
                    talk.respond(itt.get(), 0);
                }
                return true;
            }
            return false;
        })) {
            target.keys.put("InitialR2T", "Yes");
            target.keys.put("ImmediateData", "No");
            target.keys.put("MaxOutstandingR2T", "4");
            try (Unit unit = Unit.open(target.url())) {
                byte[] bytes = random(8192, 4);
                unit.write(bytes, 0);
                assertArrayEquals(bytes, disk);
            }
            assertEquals(1, target.logins.get());
        }
    }

    /** 18: what a target may not ask for ends the connection, and no byte outside the buffer leaves. */
    @ParameterizedTest
    @ValueSource(strings = {"zero", "past", "wrap", "read", "unknown", "burst", "sn", "many", "tag", "good"})
    void refusesRequestsForDataThatDoNotFit(String kind) throws Exception {
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> {
            int itt = message.itt();
            if (message.is(0x28) && kind.equals("read")) {
                talk.r2t(itt, 1, 0, 0, 512);
                return true;
            }
            if (!message.is(0x2A)) {
                return false;
            }
            switch (kind) {
                case "zero" -> talk.r2t(itt, 1, 0, 0, 0);
                case "past" -> talk.r2t(itt, 1, 0, 512, 1024);
                case "wrap" -> talk.r2t(itt, 1, 0, -512, 1024);
                case "unknown" -> talk.r2t(itt + 1, 1, 0, 0, 512);
                case "burst" -> talk.r2t(itt, 1, 0, 0, 1 << 30);
                case "sn" -> talk.r2t(itt, 1, 4, 0, 512);
                case "tag" -> talk.r2t(itt, -1, 0, 0, 512);
                case "many" -> {
                    for (int i = 0; i < 1024; i++) {
                        talk.r2t(itt, i, i, i, 1);
                    }
                }
                default -> talk.respond(itt, 0);
            }
            return true;
        })) {
            target.keys.put("InitialR2T", "Yes");
            target.keys.put("ImmediateData", "No");
            try (Unit unit = Unit.open(target.url(), SHORT)) {
                if (kind.equals("read")) {
                    assertThrows(DiskException.class, () -> unit.read(0, 1024));
                } else {
                    assertThrows(DiskException.class, () -> unit.write(new byte[1024], 0));
                }
            }
        }
    }

    /** 15: a window that goes back or is impossible changes nothing. */
    @Test
    void ignoresAnImpossibleWindow() throws Exception {
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> {
            if (message.is(0x28)) {
                FakeTarget.Message nop =
                        talk.stamp(FakeTarget.Message.of(0x20, 0x80).put(16, -1).put(20, -1), false);
                talk.send(nop.put(28, talk.expCmdSn - 100).put(32, talk.expCmdSn - 90));
                FakeTarget.Message other =
                        talk.stamp(FakeTarget.Message.of(0x20, 0x80).put(16, -1).put(20, -1), false);
                talk.send(other.put(28, talk.expCmdSn).put(32, talk.expCmdSn - 5));
            }
            return false;
        })) {
            try (Unit unit = Unit.open(target.url())) {
                for (int i = 0; i < 20; i++) {
                    unit.read(0, 512);
                }
            }
            assertEquals(1, target.logins.get());
        }
    }

    /** 16: a ping is answered with its LUN and tag; one without a tag is not answered. */
    @Test
    void answersPingsThatWantAnAnswer() throws Exception {
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> {
            if (message.is(0x28)) {
                talk.send(
                        talk.stamp(FakeTarget.Message.of(0x20, 0x80).put(16, -1).put(20, -1), false));
                talk.send(
                        talk.stamp(FakeTarget.Message.of(0x20, 0x80).put(16, -1).put(20, 0x1234), false)
                                .lun(0x0005L << 48));
            }
            return false;
        })) {
            try (Unit unit = Unit.open(target.url())) {
                unit.read(0, 512);
                unit.write(new byte[512], 0);
            }
            var pongs = target.received.stream().filter(m -> m.opcode() == 0).toList();
            assertEquals(1, pongs.size());
            assertEquals(0x1234, pongs.get(0).i32(20));
            assertEquals(0x0005L << 48, pongs.get(0).i64(8));
            assertEquals(-1, pongs.get(0).itt());
            assertEquals(0x40, pongs.get(0).header()[0]);
        }
    }

    /** 27: both directions full at once. */
    @Test
    void doesNotDeadlockWhenBothDirectionsAreFull() throws Exception {
        try (FakeTarget target = new FakeTarget()) {
            target.disk = new byte[64 << 20];
            target.window = 128;
            try (Unit unit = Unit.open(target.url())) {
                var all = new java.util.ArrayList<java.util.concurrent.CompletableFuture<Void>>();
                for (int i = 0; i < 32; i++) {
                    all.add(unit.storage().readAsync(java.nio.ByteBuffer.allocateDirect(1 << 20), (long) i << 20));
                    all.add(unit.storage()
                            .writeAsync(java.nio.ByteBuffer.allocateDirect(1 << 20), (long) (i + 32) << 20));
                }
                java.util.concurrent.CompletableFuture.allOf(all.toArray(java.util.concurrent.CompletableFuture[]::new))
                        .get(30, java.util.concurrent.TimeUnit.SECONDS);
            }
        }
    }

    /** 25: units above 255 have the flat form. */
    @Test
    void addressesLargeUnitNumbersInTheFlatForm() throws Exception {
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> {
            if (message.is(0xA0)) {
                talk.answer(
                        message,
                        java.nio.ByteBuffer.allocate(16)
                                .putInt(8)
                                .putInt(0)
                                .putLong(0x412CL << 48)
                                .array());
                return true;
            }
            return false;
        })) {
            try (Unit unit = Unit.open(target.url(300))) {
                unit.read(0, 512);
            }
            long lun = target.received.stream()
                    .filter(m -> m.is(0x28))
                    .findFirst()
                    .orElseThrow()
                    .i64(8);
            assertEquals(0x412CL << 48, lun);
        }
    }

    /** 26: behind 2 TiB commands have 16 bytes. */
    @Test
    void readsTheLastBlockOfALargeUnit() throws Exception {
        AtomicInteger sixteen = new AtomicInteger();
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> {
            if (message.is(0x88)) {
                sixteen.incrementAndGet();
                talk.answer(message, new byte[message.i32(20)]);
                return true;
            }
            return false;
        })) {
            target.claimedBlocks = 6L << 31;
            try (Unit unit = Unit.open(target.url())) {
                assertEquals(6L << 40, unit.storage().size());
                unit.read((6L << 40) - 512, 512);
                assertEquals(1, sixteen.get());
            }
        }
    }
}
