// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.platter.container.Expectation.Promise;
import org.platter.disk.CopyRequest;
import org.platter.disk.Layer;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.disk.VirtualDisk.Disposal;
import org.platter.disk.VirtualDisk.RebaseMode;
import org.platter.format.Geometry;
import org.platter.format.ImageAttributes;

/** Everything that changes the images of a {@link SmallChain}, with what holds meanwhile and afterwards. */
enum ChainOperation {
    WRITE(1) {
        @Override
        void run(Stage stage) throws IOException {
            Writing writing = writing(stage);
            writing.write(11, 5 * BLOCK + 512, 512); // in place
            writing.write(12, 10 * BLOCK + 1024, 3 * BLOCK); // copied on write
            writing.flush();
            writing.write(13, 3 * BLOCK + 512, 512); // over a zero mark
            writing.write(14, 19 * BLOCK, SIZE - 19 * BLOCK);
            writing.zero(12 * BLOCK, BLOCK);
            writing.flush();
            writing.discard(5 * BLOCK, BLOCK);
            writing.discard(BLOCK, BLOCK);
            writing.write(15, 8 * BLOCK, BLOCK);
            writing.flush();
            writing.write(16, 5 * BLOCK, 2 * BLOCK);
            writing.zero(0, SIZE);
            writing.write(17, 7 * BLOCK + 512, 2 * BLOCK);
            writing.close();
        }
    },

    SNAPSHOT(1) {
        @Override
        void run(Stage stage) throws IOException {
            SmallChain chain = stage.chain();
            ImageKind kind = differencing(chain);
            String name = "n." + kind.extension();
            Expectation old = chain.reads(chain.top());
            Expectation fresh = Expectation.of(name, chain.view());
            stage.step(Promise.of(old), () -> stage.disk().create(kind.at(uri(name))), Promise.both(old, fresh));
            writeALittle(stage, name);
        }
    },

    MERGE_ALL_FORWARD(3) {
        @Override
        void run(Stage stage) throws IOException {
            merge(stage, 0, 2, 2);
        }
    },

    MERGE_BASE_FORWARD(3) {
        @Override
        void run(Stage stage) throws IOException {
            merge(stage, 0, 1, 2);
        }
    },

    MERGE_MIDDLE_FORWARD(3) {
        @Override
        void run(Stage stage) throws IOException {
            merge(stage, 1, 2, 2);
        }
    },

    MERGE_ALL_BACKWARD(3) {
        @Override
        void run(Stage stage) throws IOException {
            merge(stage, 2, 0, 0);
        }
    },

    MERGE_LAST_BACKWARD(3) {
        @Override
        void run(Stage stage) throws IOException {
            merge(stage, 2, 1, 1);
        }
    },

    MERGE_MIDDLE_BACKWARD(3) {
        @Override
        void run(Stage stage) throws IOException {
            merge(stage, 1, 0, 2);
        }
    },

    COPY_TO_A_LARGER_BASE(1) {
        @Override
        void run(Stage stage) throws IOException {
            SmallChain chain = stage.chain();
            copy(stage, stage.empty(), chain.kinds().get(chain.top()), SIZE + 5 * BLOCK);
        }
    },

    COPY_TO_ANOTHER_FORMAT(3) {
        @Override
        void run(Stage stage) throws IOException {
            copy(stage, stage.empty(), stage.chain().kinds().get(0), SIZE);
        }
    },

    COPY_ONTO_AN_IMAGE(1) {
        @Override
        void run(Stage stage) throws IOException {
            SmallChain chain = stage.chain();
            VirtualDisk target = stage.open(chain.other());
            String name = copy(stage, target, differencing(chain), SIZE);
            Promise both =
                    Promise.both(Expectation.of(chain.other(), chain.otherView()), Expectation.of(name, chain.view()));
            stage.step(both, target::close, both);
        }
    },

    COPY_INTO_AN_IMAGE(1) {
        @Override
        void run(Stage stage) throws IOException {
            SmallChain chain = stage.chain();
            VirtualDisk target = stage.open(chain.other());
            Expectation source = chain.reads(chain.top());
            Expectation during = Expectation.of(chain.other(), chain.otherView());
            during.models().get(0).write(0, chain.view());
            stage.step(
                    Promise.both(source, during),
                    () -> stage.join(() -> stage.disk().copy(stage.layer(chain.top()), CopyRequest.into(target))),
                    Promise.both(source, Expectation.of(chain.other(), chain.view())));
        }
    },

    COMPACT(1) {
        @Override
        void run(Stage stage) throws IOException {
            SmallChain chain = stage.chain();
            Writing writing = writing(stage);
            writing.write(31, 4 * BLOCK, 9 * BLOCK);
            writing.store(6 * BLOCK, Arrays.copyOfRange(chain.views().get(1), 6 * BLOCK, 9 * BLOCK));
            writing.discard(5 * BLOCK, BLOCK);
            writing.store(10 * BLOCK, new byte[BLOCK]);
            writing.flush();
            stage.step(
                    writing.now(),
                    () -> stage.join(() -> stage.disk().compact(stage.layer(chain.top()))),
                    writing.now());
            writing.write(32, 9 * BLOCK, 512);
            writing.close();
        }

        @Override
        boolean fits(SmallChain chain) {
            return chain.top() > 0;
        }
    },

    REBASE_ONTO_A_LOWER_IMAGE(3) {
        @Override
        void run(Stage stage) throws IOException {
            rebase(stage, Optional.of(stage.chain().name(0)));
        }
    },

    REBASE_ONTO_ANOTHER_IMAGE(3) {
        @Override
        void run(Stage stage) throws IOException {
            rebase(stage, Optional.of(stage.chain().other()));
        }
    },

    REBASE_ONTO_NOTHING(3) {
        @Override
        void run(Stage stage) throws IOException {
            rebase(stage, Optional.empty());
        }
    },

    RESIZE(1) {
        @Override
        void run(Stage stage) throws IOException {
            SmallChain chain = stage.chain();
            Expectation old = chain.reads(chain.top());
            byte[] view = Arrays.copyOf(chain.view(), SIZE + 9 * BLOCK);
            Expectation grown = Expectation.of(old.top(), view);
            Expectation any = new Expectation(
                    old.top(), List.of(old.models().get(0), grown.models().get(0)));
            stage.step(Promise.of(any), () -> stage.join(() -> stage.disk().resize(view.length)), Promise.of(grown));
            Writing writing = new Writing(stage, old.top(), view);
            writing.write(41, SIZE - 512, 2 * BLOCK);
            writing.close();
        }
    },

    MOVE_THE_LAST(1) {
        @Override
        void run(Stage stage) throws IOException {
            move(stage, stage.chain().top());
        }
    },

    MOVE_THE_MIDDLE(3) {
        @Override
        void run(Stage stage) throws IOException {
            move(stage, 1);
        }
    },

    MOVE_THE_BASE(3) {
        @Override
        void run(Stage stage) throws IOException {
            move(stage, 0);
        }

        @Override
        boolean fits(SmallChain chain) {
            return super.fits(chain)
                    && chain.kinds().get(0).differencing(); // nothing but its name identifies a raw one
        }
    },

    DELETE_THE_LAST(3) {
        @Override
        void run(Stage stage) throws IOException {
            Promise either =
                    Promise.either(stage.chain().reads(2), stage.chain().reads(1));
            Promise below = Promise.of(stage.chain().reads(1));
            stage.step(either, () -> stage.disk().closeLast(Disposal.DELETE), below);
            stage.step(below, () -> stage.layer(1).openFlags(Set.of()), below);
            Writing writing = new Writing(
                    stage, stage.chain().name(1), stage.chain().views().get(1));
            writing.write(51, 2 * BLOCK + 512, BLOCK);
            writing.close();
        }
    },

    SET_ATTRIBUTES(3) {
        @Override
        void run(Stage stage) throws IOException {
            Layer last = stage.layer(stage.chain().top());
            Promise same = Promise.of(stage.chain().reads(stage.chain().top()));
            ImageAttributes comment = ImageAttributes.NONE.withComment("some \"quoted\"\nlines of text, ".repeat(8));
            ImageAttributes geometry =
                    ImageAttributes.NONE.withLogical(new Geometry(7, 255, 63)).withPhysical(new Geometry(9, 16, 63));
            if (!last.format().name().equals("VHD")) { // has no comments
                stage.step(same, () -> last.update(comment), same);
            }
            stage.step(same, () -> last.update(geometry), same);
            writeALittle(stage, stage.chain().name(stage.chain().top()));
        }
    };

    private static final int BLOCK = SmallChain.BLOCK;
    private static final int SIZE = SmallChain.SIZE;

    private final int images;

    ChainOperation(int images) {
        this.images = images;
    }

    abstract void run(Stage stage) throws IOException;

    /** True if the chain has what the operation works on. */
    boolean fits(SmallChain chain) {
        return chain.top() >= images - 1;
    }

    private static URI uri(String name) {
        return MemoryProvider.uri(name);
    }

    private static Writing writing(Stage stage) {
        return new Writing(
                stage, stage.chain().name(stage.chain().top()), stage.chain().view());
    }

    private static ImageKind differencing(SmallChain chain) {
        return chain.top() > 0 ? chain.kinds().get(1) : ImageKind.VMDK;
    }

    private static void writeALittle(Stage stage, String top) throws IOException {
        Writing writing = new Writing(stage, top, stage.chain().view());
        writing.write(1, 2 * BLOCK + 512, BLOCK);
        writing.close();
    }

    private static void merge(Stage stage, int from, int into, int newTop) throws IOException {
        SmallChain chain = stage.chain();
        Expectation merged = Expectation.of(chain.name(newTop), chain.view());
        Expectation destination = Expectation.of(chain.name(into), chain.views().get(Math.max(from, into)));
        stage.step(
                Promise.either(chain.reads(2), merged),
                () -> stage.join(() -> stage.disk().merge(stage.layer(from), stage.layer(into))),
                Promise.both(merged, destination));
        writeALittle(stage, chain.name(newTop));
    }

    private static String copy(Stage stage, VirtualDisk target, ImageKind kind, int size) throws IOException {
        SmallChain chain = stage.chain();
        Expectation source = chain.reads(chain.top());
        String name = "c." + kind.extension();
        CopyRequest request = CopyRequest.into(target, kind.at(uri(name)).withSize(size));
        stage.step(
                Promise.of(source),
                () -> stage.join(() -> stage.disk().copy(stage.layer(chain.top()), request)),
                Promise.both(source, Expectation.of(name, Arrays.copyOf(chain.view(), size))));
        return name;
    }

    private static void rebase(Stage stage, Optional<String> parent) throws IOException {
        Promise same = Promise.of(stage.chain().reads(2));
        Optional<OpenRequest> request = parent.map(name -> OpenRequest.of(uri(name)));
        stage.step(same, () -> stage.join(() -> stage.disk().rebase(request, RebaseMode.SAFE)), same);
        writeALittle(stage, stage.chain().name(2));
    }

    private static void move(Stage stage, int index) throws IOException {
        SmallChain chain = stage.chain();
        String name = "m." + chain.kinds().get(index).extension();
        Expectation old = chain.reads(chain.top());
        Expectation fresh = index == chain.top() ? Expectation.of(name, chain.view()) : old;
        stage.step(
                Promise.either(old, fresh),
                () -> stage.join(() -> stage.disk().move(stage.layer(index), uri(name))),
                Promise.of(fresh));
        writeALittle(stage, fresh.top());
    }
}
