/* TensorFlow Lite Micro's interpreter behind eb_model_invoke. The checkout is the user's: nothing
 * of it comes with edgebench. eb_tflm_model.h is generated: the model's bytes, its ops. */
#include <stdint.h>
#include <string.h>

#include <new>

#include "eb_engine.h"
#include "eb_tflm_model.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tensorflow/lite/schema/schema_generated.h"

extern "C" {
#include "eb_text.h"
}

namespace {

using Resolver = tflite::MicroMutableOpResolver<EB_TFLM_OPS>;
using Interpreter = tflite::MicroInterpreter;

struct Part {
    uint32_t offset;
    uint32_t size_bytes;
};

const Part inputs[] = EB_TFLM_INPUTS;
const Part outputs[] = EB_TFLM_OUTPUTS;

alignas(16) uint8_t arena[EB_TFLM_ARENA_BYTES];

/* They are never destroyed: static objects would register that, which takes a heap. */
alignas(Resolver) uint8_t resolver_memory[sizeof(Resolver)];
alignas(Interpreter) uint8_t interpreter_memory[sizeof(Interpreter)];

Interpreter *made()
{
    Resolver *const resolver = new (resolver_memory) Resolver();
    EB_TFLM_ADD_OPS(*resolver)
    Interpreter *const found = new (interpreter_memory)
        Interpreter(tflite::GetModel(eb_tflm_model), *resolver, arena, sizeof(arena));
    return (found->AllocateTensors() == kTfLiteOk) ? found : nullptr;
}

Interpreter *interpreter()
{
    static Interpreter *const once = made();
    return once;
}

} // namespace

extern "C" uint32_t eb_engine_arena_bytes(void)
{
    Interpreter *const found = interpreter();
    return (found == nullptr) ? 0U : static_cast<uint32_t>(found->arena_used_bytes());
}

extern "C" void eb_model_invoke(const int8_t *input, int8_t *output)
{
    Interpreter *const found = interpreter();
    if (found == nullptr) {
        eb_text_refuse("TFLM can't plan the model: an op that it lacks, or too small an arena");
        return;
    }
    for (size_t each = 0; each < sizeof(inputs) / sizeof(inputs[0]); each++) {
        (void)memcpy(found->input(each)->data.raw, input + inputs[each].offset,
                     inputs[each].size_bytes);
    }
    if (found->Invoke() != kTfLiteOk) {
        eb_text_refuse("TFLM can't compute the model");
        return;
    }
    for (size_t each = 0; each < sizeof(outputs) / sizeof(outputs[0]); each++) {
        (void)memcpy(output + outputs[each].offset, found->output(each)->data.raw,
                     outputs[each].size_bytes);
    }
}

/* What C++ calls where an abstract function is called. */
extern "C" void __cxa_pure_virtual(void);
extern "C" void __cxa_pure_virtual(void)
{
    for (;;) {
    }
}
