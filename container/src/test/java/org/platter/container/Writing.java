// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.platter.container.Expectation.Promise;
import org.platter.testkit.DiskModel;

/** Changes of the bytes of the chain on a stage, and of their model. */
final class Writing {
    private final Stage stage;
    private final String top;
    private final DiskModel model;

    /** Of a disk that reads as {@code now} from this image. */
    Writing(Stage stage, String top, byte[] now) {
        this.stage = stage;
        this.top = top;
        model = Expectation.of(top, now).models().get(0);
    }

    /** What the disk reads as. */
    Promise now() {
        return Promise.of(new Expectation(top, List.of(model.copy())));
    }

    void write(int seed, int offset, int length) throws IOException {
        store(offset, RawDiskTest.random(seed, length));
    }

    void store(int offset, byte[] bytes) throws IOException {
        model.write(offset, bytes);
        stage.step(now(), () -> stage.disk().write(ByteBuffer.wrap(bytes), offset), now());
    }

    void zero(int offset, int length) throws IOException {
        model.zero(offset, length);
        stage.step(now(), () -> stage.disk().zero(offset, length), now());
    }

    /** What is discarded may read as before or as zeroes; the model takes what it is. */
    void discard(int offset, int length) throws IOException {
        model.attempt(offset, new byte[length]);
        stage.step(now(), () -> stage.disk().discard(offset, length), now());
        model.write(offset, RawDiskTest.read(stage.disk(), offset, length));
    }

    void flush() throws IOException {
        Promise before = now();
        durable(before, stage.disk()::flush);
    }

    void close() throws IOException {
        Promise before = now();
        durable(before, stage.disk()::close);
    }

    private void durable(Promise before, Stage.Act act) throws IOException {
        stage.step(
                before,
                () -> {
                    act.run();
                    model.flushed();
                },
                before);
        stage.step(now(), () -> {}, now());
    }
}
