// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.look;

import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;
import org.platter.disk.CreateRequest;
import org.platter.disk.Measure;
import org.platter.format.ImageFlag;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.Access;
import org.platter.shell.image.ChainOptions;
import org.platter.shell.image.NewFormat;
import org.platter.shell.image.Opened;
import org.platter.shell.image.Values;
import org.platter.shell.option.Argument;
import org.platter.shell.option.Option;
import org.platter.shell.option.Sizes;
import org.platter.shell.option.UsageException;
import org.platter.shell.print.Result;
import org.platter.shell.print.Text;

/** {@code measure}: how large a converted image would be. */
public final class MeasureCommand extends Command {
    private final Option<String> to = syntax.option("-t --to", "FORMAT", word -> word, "the format to convert to");
    private final Option<Set<ImageFlag>> variant =
            syntax.options("--variant", "V[,V…]", Values::variants, "the kind of image to make");
    private final ChainOptions images = new ChainOptions(syntax);
    private final Argument<String> image = syntax.argument("SRC", word -> word, "the image to convert");

    /** Declares the options. */
    public MeasureCommand() {
        super("measure", "Tell how large a converted image would be", "platter measure -t VMDK disk.vdi");
        printsJson();
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        String name = to.value().orElseThrow(() -> new UsageException("option --to is missing"));
        String format = NewFormat.named(invocation, name).name();
        Opened opened = images.open(invocation, image.get(), Access.READ);
        Set<ImageFlag> flags = EnumSet.noneOf(ImageFlag.class);
        variant.values().forEach(flags::addAll);
        CreateRequest target =
                CreateRequest.of(opened.layer().location()).withFormat(format).with(flags.toArray(ImageFlag[]::new));
        Measure measure = invocation.await(opened.disk().measure(target));
        return new Report(measure.required(), measure.fullyAllocated());
    }

    private record Report(long required, long fullyAllocated) implements Result {
        @Override
        public void text(Text out) throws IOException {
            out.field("required", Sizes.both(required));
            out.field("fully allocated", Sizes.both(fullyAllocated));
        }
    }
}
