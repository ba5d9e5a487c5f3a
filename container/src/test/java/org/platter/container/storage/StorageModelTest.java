// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;
import org.platter.storage.Storage;

/** Any order of operations leaves a file that reads like an array of bytes. */
class StorageModelTest {
    private static final int MOST = 300_000;

    private Path folder;
    private byte[] model = new byte[0];

    enum Kind {
        WRITE,
        WRITE_HEAP,
        READ,
        ZERO,
        DISCARD_AND_ZERO,
        PREALLOCATE,
        RESIZE,
        COPY,
        REOPEN,
        FLUSH
    }

    record Step(Kind kind, int position, int length, int other) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Integer> positions = Arbitraries.integers().between(0, MOST);
        Arbitrary<Integer> lengths = Arbitraries.integers().between(0, 70_000);
        return Combinators.combine(Arbitraries.of(Kind.class), positions, lengths, positions)
                .as(Step::new)
                .list()
                .ofMaxSize(40);
    }

    @BeforeTry
    void makeFolder() throws IOException {
        folder = Files.createTempDirectory("platter-model");
        model = new byte[0];
    }

    @AfterTry
    void removeFolder() throws IOException {
        Files.deleteIfExists(folder.resolve("a"));
        Files.delete(folder);
    }

    @Property(tries = 60, edgeCases = EdgeCasesMode.NONE)
    void readsLikeAnArray(@ForAll("steps") List<Step> steps) throws IOException {
        FileStorageProvider provider = new FileStorageProvider();
        Storage storage = provider.open(folder.resolve("a").toUri(), StorageProviderContract.CREATE);
        try {
            for (Step step : steps) {
                if (step.kind() == Kind.REOPEN) {
                    storage.close();
                    storage = provider.open(folder.resolve("a").toUri(), StorageProviderContract.WRITE);
                } else {
                    apply(step, storage);
                }
                assertEquals(model.length, storage.size());
            }
            assertArrayEquals(model, StorageProviderContract.bytes(storage, 0, model.length));
            holesAreZero(storage);
        } finally {
            storage.close();
        }
        assertArrayEquals(model, Files.readAllBytes(folder.resolve("a")));
    }

    private void apply(Step step, Storage storage) throws IOException {
        int position = step.position();
        int length = step.length();
        switch (step.kind()) {
            case WRITE, WRITE_HEAP -> write(step, storage);
            case READ -> read(position, length, storage);
            case ZERO -> {
                storage.zero(position, length);
                grow(length == 0 ? 0 : position + length);
                Arrays.fill(
                        model, Math.min(position, model.length), Math.min(position + length, model.length), (byte) 0);
            }
            case DISCARD_AND_ZERO -> {
                storage.discard(position, length);
                storage.zero(position, length);
                apply(new Step(Kind.ZERO, position, length, 0), storage);
            }
            case PREALLOCATE -> {
                storage.preallocate(position, length);
                grow(position + length);
            }
            case RESIZE -> {
                storage.resize(position);
                model = Arrays.copyOf(model, position);
            }
            case COPY -> copy(position, Math.min(length, model.length - position), step.other(), storage);
            default -> storage.flush();
        }
    }

    private void write(Step step, Storage storage) throws IOException {
        byte[] bytes = new byte[step.length()];
        new Random(step.other()).nextBytes(bytes);
        ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        storage.write(step.kind() == Kind.WRITE ? direct : ByteBuffer.wrap(bytes), step.position());
        if (bytes.length > 0) {
            grow(step.position() + bytes.length);
            System.arraycopy(bytes, 0, model, step.position(), bytes.length);
        }
    }

    private void read(int position, int length, Storage storage) throws IOException {
        try {
            byte[] bytes = StorageProviderContract.bytes(storage, position, length);
            assertTrue(length == 0 || position + length <= model.length);
            if (length > 0) {
                assertArrayEquals(Arrays.copyOfRange(model, position, position + length), bytes);
            }
        } catch (EOFException e) {
            assertTrue(position + length > model.length, e.getMessage());
        }
    }

    private void copy(int position, int length, int target, Storage storage) throws IOException {
        if (length > 0) {
            storage.transferTo(position, length, storage, target);
            byte[] bytes = Arrays.copyOfRange(model, position, position + length);
            grow(target + length);
            System.arraycopy(bytes, 0, model, target, length);
        }
    }

    private void grow(int size) {
        if (size > model.length) {
            model = Arrays.copyOf(model, size);
        }
    }

    private void holesAreZero(Storage storage) throws IOException {
        for (long at = 0; at < model.length; ) {
            long data = storage.nextData(at);
            for (long i = at; i < data; i++) {
                if (model[(int) i] != 0) {
                    fail("no hole at " + i);
                }
            }
            at = Math.max(at + 1, storage.nextHole(data));
        }
    }
}
