// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.backend.iscsi.FakeTarget.Message;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** Status, sense, events and flushes against a scripted target. Numbers: docs/formats/iscsi.md, section 18. */
@Timeout(60)
class FakeErrorTest {
    private static final String[] SHORT = {"Timeout", "1000", "RecoveryTimeout", "1500", "CommandTimeout", "1000"};
    private static final int READ = 0x28;
    private static final int WRITE = 0x2A;
    private static final int FLUSH = 0x35;

    private static byte[] descriptor(int key, int asc, int ascq) {
        return new byte[] {0x72, (byte) key, (byte) asc, (byte) ascq, 0, 0, 0, 0};
    }

    /** 37: what passes by itself is not seen by the caller. */
    @ParameterizedTest
    @CsvSource({
        "6,41,0,5",
        "6,63,14,3",
        "6,42,1,1",
        "6,42,9,1",
        "2,4,1,2",
        "11,71,0,3",
        "1,23,0,1",
        "3,17,0,1",
        "4,68,0,1"
    })
    void getsOverWhatPassesByItself(int key, int asc, int ascq, int times) throws Exception {
        try (FakeTarget target = FakeTarget.failing(READ, times, FakeTarget.sense(key, asc, ascq));
                Unit unit = Unit.open(target.url())) {
            if (key == 1) {
                assertThrows(DiskException.class, () -> unit.read(0, 512), "recovered, but no data came");
            }
            assertEquals(512, unit.read(0, 512).length);
            assertEquals(1, target.logins.get());
        }
        try (FakeTarget target = FakeTarget.failing(WRITE, key == 3 ? 0 : times, descriptor(key, asc, ascq));
                Unit unit = Unit.open(target.url())) {
            unit.write(new byte[512], 0);
        }
    }

    /** 37: what does not pass is told in words, at once. */
    @ParameterizedTest
    @CsvSource({
        "3,17,0,IO,unrecovered read error", "5,33,0,IO,out of range", "7,39,0,READ_ONLY,write protected",
        "7,39,7,DISK_FULL,no space", "2,58,0,IO,no medium", "5,37,0,NOT_FOUND,no such logical unit",
        "14,29,0,IO,miscompare", "5,32,0,NOT_SUPPORTED,not supported"
    })
    void tellsWhatDoesNotPass(int key, int asc, int ascq, ErrorCode code, String words) throws Exception {
        try (FakeTarget target = FakeTarget.failing(READ, 99, FakeTarget.sense(key, asc, ascq));
                Unit unit = Unit.open(target.url())) {
            DiskException e = assertThrows(DiskException.class, () -> unit.read(512 * 77, 512));
            assertEquals(code, e.code());
            assertTrue(e.getMessage().contains(words), e.getMessage());
            assertTrue(e.getMessage().contains("77"), e.getMessage());
            assertTrue(target.count(READ) <= 2);
        }
    }

    /** 37: busy units are asked again, more and more slowly. */
    @ParameterizedTest
    @ValueSource(ints = {0x08, 0x28, 0x40})
    void asksBusyUnitsAgain(int status) throws Exception {
        AtomicInteger left = new AtomicInteger(3);
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> {
                    if (message.is(WRITE) && left.getAndDecrement() > 0) {
                        talk.respond(message.itt(), status);
                        return true;
                    }
                    return false;
                });
                Unit unit = Unit.open(target.url())) {
            unit.write(new byte[4096], 0);
            assertEquals(4, target.count(WRITE));
        }
    }

    /** 37: sense that cannot be read is no reason to crash, nor to believe. */
    @ParameterizedTest
    @ValueSource(strings = {"none", "one", "huge", "odd", "lying"})
    void survivesSenseThatCannotBeRead(String kind) throws Exception {
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> {
                    if (!message.is(READ)) {
                        return false;
                    }
                    byte[] data = switch (kind) {
                        case "none" -> new byte[0];
                        case "one" -> new byte[] {0, 1, 0x70};
                        case "huge" -> new byte[] {(byte) 0xFF, (byte) 0xFF, 0x70, 0, 5};
                        case "odd" -> new byte[] {0};
                        default -> new byte[] {0, 18, 0x7F, 0, 0};
                    };
                    talk.send(talk.stamp(Message.of(0x21, 0x80).put8(3, 2).put(16, message.itt()), true)
                            .with(data));
                    return true;
                });
                Unit unit = Unit.open(target.url(), SHORT)) {
            DiskException e = assertThrows(DiskException.class, () -> unit.read(0, 512));
            assertTrue(e.code() == (kind.equals("huge") ? ErrorCode.NOT_SUPPORTED : ErrorCode.IO), e.toString());
            assertEquals(1, target.logins.get());
        }
    }

    /** 37: a check condition without sense makes us ask for it. */
    @Test
    void asksForSenseThatDidNotCome() throws Exception {
        AtomicBoolean first = new AtomicBoolean(true);
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> {
                    if (message.is(READ) && first.getAndSet(false)) {
                        talk.respond(message.itt(), 2);
                        return true;
                    }
                    if (message.is(0x03)) {
                        talk.answer(message, FakeTarget.sense(6, 0x29, 0));
                        return true;
                    }
                    return false;
                });
                Unit unit = Unit.open(target.url(), SHORT)) {
            unit.read(0, 512);
            assertEquals(1, target.count(0x03));
        }
    }

    /** 37, 40: a deferred error is reported once, by the next flush, and what met it is done again. */
    @Test
    void reportsADeferredErrorOnceOnTheNextFlush() throws Exception {
        byte[] deferred = FakeTarget.sense(3, 0x0C, 0);
        deferred[0] = 0x71;
        try (FakeTarget target = FakeTarget.failing(READ, 1, deferred);
                Unit unit = Unit.open(target.url())) {
            unit.read(0, 512);
            assertThrows(DiskException.class, () -> unit.storage().flush());
            unit.storage().flush();
        }
    }

    /** 40: a flush goes out when every earlier write has been answered. */
    @Test
    void flushesAfterAllEarlierWritesWereAnswered() throws Exception {
        List<Message> held = new ArrayList<>();
        AtomicBoolean early = new AtomicBoolean();
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> {
            if (message.is(WRITE)) {
                held.add(message);
                if (held.size() == 8) {
                    new Thread(() -> {
                                try {
                                    RecoveryTest.pass(200);
                                    for (Message write : held) {
                                        talk.respond(write.itt(), 0);
                                    }
                                    held.clear();
                                    talk.flush();
                                } catch (Exception e) {
                                    talk.hangUp();
                                }
                            })
                            .start();
                }
                return true;
            }
            early.compareAndSet(false, message.is(FLUSH) && !held.isEmpty());
            return false;
        })) {
            try (Unit unit = Unit.open(target.url())) {
                List<CompletableFuture<Void>> writes = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    writes.add(unit.storage().writeAsync(ByteBuffer.allocateDirect(512), i * 512));
                }
                unit.storage().flush();
                writes.forEach(write -> assertTrue(write.isDone()));
                assertEquals(1, target.count(FLUSH));
            }
            assertTrue(!early.get());
        }
    }

    /** 40: a flush that fails says so; one that the unit does not know is no error. */
    @Test
    void reportsFailedFlushesAndForgivesUnknownOnes() throws Exception {
        try (FakeTarget target = FakeTarget.failing(FLUSH, 9, FakeTarget.sense(3, 0x0C, 0));
                Unit unit = Unit.open(target.url())) {
            assertThrows(DiskException.class, () -> unit.storage().flush());
        }
        try (FakeTarget target = FakeTarget.failing(FLUSH, 9, FakeTarget.sense(5, 0x20, 0));
                Unit unit = Unit.open(target.url())) {
            unit.storage().flush();
        }
    }

    /** 40: a target that restarted gets its unflushed writes again, and without a buffer the next flush fails once. */
    @ParameterizedTest
    @ValueSource(strings = {"67108864", "0"})
    void doesNotLoseUnflushedWritesWithARestart(String buffer) throws Exception {
        AtomicBoolean restarted = new AtomicBoolean();
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> {
            if (message.is(0x12) && restarted.getAndSet(false)) {
                talk.respond(message.itt(), 2, FakeTarget.sense(6, 0x29, 1));
                return true;
            }
            return false;
        })) {
            try (Unit unit = Unit.open(target.url(), "ReplayBuffer", buffer)) {
                byte[] ones = new byte[8192];
                java.util.Arrays.fill(ones, (byte) 1);
                unit.write(ones, 0);
                unit.storage().flush();
                byte[] twos = new byte[4096];
                java.util.Arrays.fill(twos, (byte) 2);
                unit.write(twos, 4096);
                unit.write(twos, 6144);
                target.disk = java.util.Arrays.copyOf(ones, target.disk.length);
                restarted.set(true);
                target.drop();
                if (buffer.equals("0")) {
                    unit.read(0, 512);
                    assertThrows(DiskException.class, () -> unit.storage().flush());
                    unit.storage().flush();
                } else {
                    assertEquals(1, unit.read(0, 512)[0]);
                    assertEquals(2, unit.read(4096, 512)[0]);
                    assertEquals(2, unit.read(6144 + 4096 - 512, 512)[0]);
                    unit.storage().flush();
                }
            }
        }
    }

    /** 38: events. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 99, 255})
    void goesOnAfterEveryEvent(int event) throws Exception {
        AtomicBoolean sent = new AtomicBoolean();
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> {
                    if (message.is(READ) && !sent.getAndSet(true)) {
                        talk.send(talk.stamp(Message.of(0x32, 0x80).put(16, -1).put8(36, event), true)
                                .with(event == 0 ? new byte[] {0, 4, 0x72, 6, 0x2A, 1} : new byte[0]));
                    }
                    return false;
                });
                Unit unit = Unit.open(target.url())) {
            for (int i = 0; i < 5; i++) {
                unit.read(0, 512);
            }
            boolean anew = event >= 1 && event <= 5;
            assertEquals(anew ? 2 : 1, target.logins.get());
        }
    }

    /** 38: rejected PDUs. */
    @ParameterizedTest
    @CsvSource({"4,live", "9,live", "10,live", "6,live", "9,unknown", "4,short", "2,live", "77,live"})
    void getsOverRejectedPdus(int reason, String kind) throws Exception {
        AtomicBoolean sent = new AtomicBoolean();
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> {
                    if (message.is(READ) && !sent.getAndSet(true)) {
                        byte[] header = message.header().clone();
                        if (kind.equals("unknown")) {
                            header[19] ^= 0x55;
                        }
                        talk.send(talk.stamp(
                                        Message.of(0x3F, 0x80).put8(2, reason).put(16, -1), true)
                                .with(kind.equals("short") ? new byte[10] : header));
                        return reason == 4 || kind.equals("live") && reason != 6;
                    }
                    return false;
                });
                Unit unit = Unit.open(target.url(), SHORT)) {
            if (reason == 9 && kind.equals("live")) {
                assertThrows(DiskException.class, () -> unit.read(0, 512));
            }
            assertEquals(512, unit.read(0, 512).length);
        }
    }

    /** 31: a command that is not answered is aborted and sent again; other commands go on meanwhile. */
    @Test
    void abortsACommandThatIsNotAnsweredAndSendsItAgain() throws Exception {
        AtomicBoolean lost = new AtomicBoolean();
        try (FakeTarget target = FakeTarget.scripted(
                        (talk, message) -> message.is(READ) && message.i32(34) == 5 && !lost.getAndSet(true));
                Unit unit = Unit.open(target.url(), SHORT)) {
            CompletableFuture<Void> late = unit.storage().readAsync(ByteBuffer.allocateDirect(512), 5 * 512);
            for (int i = 0; i < 10; i++) {
                unit.read(0, 512);
            }
            late.get(20, TimeUnit.SECONDS);
            assertEquals(1, target.logins.get());
            assertEquals(
                    1, target.received.stream().filter(m -> m.opcode() == 2).count());
        }
    }

    /** 35: a write-protected unit is refused for writing in words that the platform understands. */
    @Test
    void refusesAWriteProtectedUnitForWriting() throws Exception {
        try (FakeTarget target = new FakeTarget()) {
            target.writeProtected = true;
            DiskException e = assertThrows(DiskException.class, () -> Unit.open(target.url()));
            assertEquals(ErrorCode.READ_ONLY, e.code());
            try (Unit unit = Unit.openForReading(target.url())) {
                unit.read(0, 512);
                assertThrows(DiskException.class, () -> unit.write(new byte[512], 0));
                unit.image().flush();
            }
        }
    }

    /** 39: a unit that is another one after an outage gets nothing. */
    @ParameterizedTest
    @ValueSource(strings = {"serial", "smaller", "larger"})
    void writesNothingToAnotherUnit(String kind) throws Exception {
        try (FakeTarget target = new FakeTarget();
                Unit unit = Unit.open(target.url())) {
            unit.write(new byte[512], 0);
            long before = target.count(WRITE);
            switch (kind) {
                case "serial" -> target.serial = "OTHER001";
                case "smaller" -> target.claimedBlocks = 100;
                default -> target.claimedBlocks = 1 << 20;
            }
            target.drop();
            DiskException e = assertThrows(DiskException.class, () -> unit.write(new byte[512], 0));
            assertEquals(ErrorCode.BAD_STATE, e.code());
            assertEquals(before, target.count(WRITE));
            target.serial = "FAKE0001";
            target.claimedBlocks = 0;
            unit.write(new byte[512], 0);
        }
    }

    /** 39: a changed medium is looked at before anything is written to it. */
    @Test
    void looksAtAUnitThatSaysItsMediumChanged() throws Exception {
        AtomicBoolean attention = new AtomicBoolean();
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> {
                    if (message.is(WRITE) && attention.getAndSet(false)) {
                        talk.respond(message.itt(), 2, FakeTarget.sense(6, 0x28, 0));
                        return true;
                    }
                    return false;
                });
                Unit unit = Unit.open(target.url())) {
            attention.set(true);
            unit.write(new byte[512], 0);
            assertEquals(1, target.logins.get());
            attention.set(true);
            target.serial = "OTHER001";
            assertThrows(DiskException.class, () -> unit.write(new byte[512], 0));
        }
    }

    /** 42: an interrupt does not end a wait, and is not forgotten. */
    @Test
    void keepsAnInterruptForAfterwards() throws Exception {
        try (FakeTarget target = new FakeTarget();
                Unit unit = Unit.open(target.url())) {
            Thread.currentThread().interrupt();
            unit.write(new byte[4096], 0);
            assertTrue(Thread.interrupted());
            unit.read(0, 512);
            assertEquals(1, target.logins.get());
        }
    }

    /** A future's dependent may itself read and wait. */
    @Test
    void letsAFuturesDependentReadAndWait() throws Exception {
        try (FakeTarget target = new FakeTarget();
                Unit unit = Unit.open(target.url())) {
            CompletableFuture<byte[]> nested = unit.storage()
                    .readAsync(ByteBuffer.allocateDirect(512), 0)
                    .thenApply(nothing -> {
                        try {
                            return unit.read(512, 1024);
                        } catch (java.io.IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    });
            assertEquals(1024, nested.get(10, TimeUnit.SECONDS).length);
        }
    }
}
