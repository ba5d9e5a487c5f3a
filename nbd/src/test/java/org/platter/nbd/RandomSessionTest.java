// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ForkJoinPool;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterTry;
import org.platter.nbd.NbdClient.Answer;
import org.platter.nbd.NbdClient.Style;
import org.platter.nbd.session.Limits;

/** Any legal sequence of options and requests, against an array of bytes. */
class RandomSessionTest {
    private static final int SIZE = 3 << 20;

    private final Rig rig = new Rig(Limits.DEFAULT);

    /** One thing that a client does. */
    record Step(int kind, int offset, int length, int flags, long seed) {
        int end() {
            return Math.min(SIZE, offset + length);
        }

        int count() {
            return end() - offset;
        }
    }

    @AfterTry
    void close() {
        rig.close();
    }

    @Provide
    Arbitrary<List<Integer>> options() {
        return Arbitraries.integers().between(0, 7).list().ofMaxSize(12);
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Integer> lengths = Arbitraries.frequencyOf(
                net.jqwik.api.Tuple.of(3, Arbitraries.integers().between(1, 3000)),
                net.jqwik.api.Tuple.of(3, Arbitraries.integers().between(1, 64).map(n -> n * 512)),
                net.jqwik.api.Tuple.of(1, Arbitraries.integers().between(1, SIZE)));
        Arbitrary<Integer> offsets = Arbitraries.oneOf(
                Arbitraries.integers().between(0, SIZE - 1),
                Arbitraries.integers().between(0, SIZE / 512 - 1).map(n -> n * 512));
        return Combinators.combine(
                        Arbitraries.integers().between(0, 7),
                        offsets,
                        lengths,
                        Arbitraries.integers().between(0, 31),
                        Arbitraries.longs())
                .as(Step::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(40);
    }

    @Property(tries = 60, shrinking = ShrinkingMode.BOUNDED)
    void everySessionReadsWhatItWrote(
            @ForAll("options") List<Integer> options,
            @ForAll("steps") List<Step> steps,
            @ForAll Style style,
            @ForAll boolean async)
            throws IOException {
        MemoryDisk disk = async ? new MemoryDisk(SIZE, ForkJoinPool.commonPool()) : new MemoryDisk(SIZE);
        rig.export(disk, r -> r.withName("disk"));
        NbdClient client = rig.track(NbdClient.greet(rig.address()));
        for (int option : options) {
            haggle(client, option, style);
        }
        client.negotiate(style.compareTo(client.style) > 0 ? style : client.style);
        if (client.style != Style.SIMPLE) {
            client.setContext("disk");
        }
        client.go("disk");
        byte[] model = new byte[SIZE];
        for (Step step : steps) {
            run(client, step, model);
        }
        assertArrayEquals(model, disk.content());
        assertArrayEquals(model, client.read(0, SIZE));
    }

    private static void haggle(NbdClient client, int option, Style most) throws IOException {
        switch (option) {
            case 0 -> client.option(NbdClient.LIST);
            case 1 -> client.choose(NbdClient.INFO, "disk", 0, 1, 2, 3);
            case 2 -> client.choose(NbdClient.INFO, "no such export");
            case 3 -> client.option(NbdClient.LIST_META, NbdClient.metaQuery("disk", "base:"));
            case 4 -> client.option(NbdClient.STARTTLS);
            case 5 -> client.option(1234, new byte[99]);
            case 6 -> client.option(NbdClient.SET_META, NbdClient.metaQuery("disk", "base:allocation", "x:y"));
            default -> {
                if (most != Style.SIMPLE && client.style == Style.SIMPLE) {
                    client.negotiate(Style.STRUCTURED);
                }
            }
        }
    }

    private static void run(NbdClient client, Step step, byte[] model) throws IOException {
        int fua = step.flags & NbdClient.FUA;
        switch (step.kind) {
            case 0, 1 -> {
                byte[] data = new byte[step.count()];
                new Random(step.seed).nextBytes(data);
                good(client.call(NbdClient.WRITE, fua, step.offset, data.length, data));
                System.arraycopy(data, 0, model, step.offset, data.length);
            }
            case 2, 3 -> {
                int df = client.style == Style.SIMPLE ? 0 : step.flags & NbdClient.DF;
                Answer answer = good(client.call(NbdClient.READ, df, step.offset, step.count()));
                assertArrayEquals(Arrays.copyOfRange(model, step.offset, step.end()), answer.data());
            }
            case 4 -> {
                int hole = step.flags & NbdClient.NO_HOLE;
                good(client.call(NbdClient.ZEROES, fua | hole, step.offset, step.count()));
                Arrays.fill(model, step.offset, step.end(), (byte) 0);
            }
            case 5 -> {
                good(client.call(NbdClient.TRIM, fua, step.offset, step.count()));
                int from = (step.offset + 511) / 512 * 512;
                int to = step.end() / 512 * 512;
                Arrays.fill(model, Math.min(from, to), to, (byte) 0);
            }
            case 6 -> status(client, step, model);
            default -> {
                good(client.call(NbdClient.FLUSH, 0, 0, 0));
                good(client.call(NbdClient.CACHE, 0, step.offset, step.count()));
            }
        }
    }

    private static void status(NbdClient client, Step step, byte[] model) throws IOException {
        if (client.style == Style.SIMPLE) {
            return;
        }
        int one = step.flags & NbdClient.REQ_ONE;
        int at = step.offset;
        List<long[]> extents = good(client.call(NbdClient.STATUS, one, step.offset, step.count()))
                .extents();
        for (long[] extent : extents) {
            for (int i = at; extent[1] != 0 && i < at + extent[0]; i++) {
                assertEquals(0, model[i]);
            }
            at += (int) extent[0];
        }
        assertTrue(one != 0 ? extents.size() == 1 && at <= step.end() : at == step.end());
    }

    private static Answer good(Answer answer) {
        assertEquals(0, answer.error());
        return answer;
    }
}
