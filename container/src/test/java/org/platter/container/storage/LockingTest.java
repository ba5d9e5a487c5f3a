// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.platter.container.storage.StorageProviderContract.READ;
import static org.platter.container.storage.StorageProviderContract.SHARED;
import static org.platter.container.storage.StorageProviderContract.WRITE;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.platter.container.storage.host.FileKind;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;
import org.platter.storage.StorageProvider.Mode;

/** Locks as other processes see them. */
class LockingTest {
    @TempDir
    Path folder;

    private final FileStorageProvider provider = new FileStorageProvider();
    private Path file;

    @BeforeEach
    void makeFile() throws IOException {
        file = Files.write(folder.resolve("disk"), StorageProviderContract.random(100_000));
    }

    private Storage open(Set<Mode> modes) throws IOException {
        return provider.open(file.toUri(), modes);
    }

    @Test
    void aWriterLocksOutOtherProcessesUntilItCloses() throws Exception {
        try (LockingProcess other = new LockingProcess(file)) {
            try (Storage writer = open(WRITE)) {
                assertFalse(other.locks());
                assertFalse(writer.readOnly());
            }
            assertTrue(other.locks());
        }
    }

    @Test
    void closingReadersAndNativeHandlesKeepsTheLock() throws Exception {
        try (LockingProcess other = new LockingProcess(file);
                Storage early = open(READ)) {
            early.nextHole(0); // opens natively for reading, where that works
            try (Storage writer = open(WRITE)) {
                writer.zero(0, 10); // opens natively for writing
                early.close();
                assertFalse(other.locks());
                Storage late = open(READ);
                late.nextHole(0);
                late.close();
                Host.fails(ErrorCode.LOCKED, () -> open(WRITE));
                assertFalse(other.locks());
                writer.write(ByteBuffer.allocate(10), 0);
            }
            assertTrue(other.locks());
        }
    }

    @Test
    void theLockGoesWithTheWriterThoughReadersStay() throws Exception {
        try (LockingProcess other = new LockingProcess(file);
                Storage writer = open(WRITE);
                Storage reader = open(READ)) {
            assertFalse(other.locks());
            writer.close();
            assertTrue(other.locks());
            assertEquals(100_000, reader.size());
            Host.fails(ErrorCode.LOCKED, () -> open(WRITE));
            other.free();
            open(WRITE).close();
        }
    }

    @Test
    void readersTakeNoLock() throws Exception {
        try (LockingProcess other = new LockingProcess(file);
                Storage reader = open(READ)) {
            assertTrue(other.locks());
            assertTrue(reader.readOnly());
        }
    }

    @Test
    void sharedWritersLockOutExclusiveOnes() throws Exception {
        try (LockingProcess other = new LockingProcess(file);
                Storage one = open(SHARED);
                Storage two = open(SHARED)) {
            one.close();
            assertFalse(other.locks());
            two.close();
            assertTrue(other.locks());
        }
    }

    @Test
    void theHolderIsNamed() throws Exception {
        Host.requireLinux();
        try (LockingProcess other = new LockingProcess(file)) {
            assertTrue(other.locks());
            String message = Host.fails(ErrorCode.LOCKED, () -> open(WRITE));
            assertTrue(message.contains("process " + other.pid() + " (java)"), message);
            Host.fails(ErrorCode.LOCKED, () -> provider.delete(file.toUri()));
            assertTrue(Files.exists(file));
        }
        open(WRITE).close();
    }

    @Test
    void aVirtualMachineIsNamedToo() throws Exception {
        Host.requireTool("qemu-io");
        Process machine = new ProcessBuilder("qemu-io", "-f", "raw", file.toString())
                .redirectErrorStream(true)
                .start();
        try (InputStream output = machine.getInputStream();
                OutputStream input = machine.getOutputStream()) {
            input.write("length\n".getBytes(StandardCharsets.US_ASCII));
            input.flush();
            for (int c = output.read(); !Character.isDigit(c); c = output.read()) {
                assertTrue(c >= 0, "qemu-io ended");
            }
            String message = Host.fails(ErrorCode.LOCKED, () -> open(WRITE));
            assertTrue(message.contains("process " + machine.pid() + " (qemu-io)"), message);
            assertEquals(100_000, open(READ).size(), "reading is allowed");
        } finally {
            machine.destroyForcibly().waitFor();
        }
        provider.delete(file.toUri());
    }

    @Test
    void otherLocksOfThisProcessAreSeen() throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            Host.fails(ErrorCode.LOCKED, () -> open(WRITE));
            assertTrue(lock.isValid());
        }
        open(WRITE).close();
    }

    @Test
    void aLockLostWhileTheFileWasClosedStopsTheWriter() throws Exception {
        try (LockingProcess other = new LockingProcess(file);
                Storage reader = open(READ)) {
            SharedFile shared = new SharedFile(FileKind.of(file).key(), false);
            FileStorage writer = shared.attach(file, FileAccess.WRITE, null).orElseThrow();
            shared.channel(true).close(); // what an interrupt does
            assertTrue(other.locks());
            String message = Host.fails(ErrorCode.LOCKED, () -> writer.write(ByteBuffer.allocate(1), 0));
            assertTrue(message.contains("lost"), message);
            other.free();
            Host.fails(ErrorCode.LOCKED, () -> writer.write(ByteBuffer.allocate(1), 0));
            Host.fails(ErrorCode.LOCKED, () -> writer.zero(0, 1));
            Host.fails(ErrorCode.LOCKED, () -> writer.resize(1));
            Host.fails(ErrorCode.LOCKED, () -> StorageProviderContract.bytes(writer, 0, 1));
            assertEquals(100_000, StorageProviderContract.bytes(reader, 0, 100_000).length);
            writer.close();
            assertTrue(other.locks());
        }
    }

    @Test
    void aFileThatWasReplacedIsNotTakenForTheOldOne() throws IOException {
        SharedFile shared = new SharedFile(FileKind.of(file).key(), false);
        FileStorage writer = shared.attach(file, FileAccess.WRITE, null).orElseThrow();
        Files.move(file, folder.resolve("old"));
        Files.write(file, new byte[10]);
        assertEquals(100_000, writer.size());
        shared.channel(true).close();
        Host.fails(ErrorCode.NOT_FOUND, writer::size);
        Host.fails(ErrorCode.LOCKED, () -> writer.write(ByteBuffer.allocate(1), 0));
        writer.close();
        assertEquals(10, Files.size(file));
    }
}
